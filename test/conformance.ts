/**
 * @module
 * Where the recorded behaviour of Mistral lies: beside the repository, and not everywhere.
 */
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import process from 'node:process'

/** The folder `conformance`; there need not be one. */
export const CONFORMANCE: URL = find()

function find(): URL {
  const given = process.env.MESTRAL_CONFORMANCE
  if (given) return pathToFileURL(`${given.replace(/\/$/, '')}/`)
  // Built, this file is one folder deeper.
  const places = ['../../shared/conformance/', '../../../shared/conformance/']
    .map((place) => new URL(place, import.meta.url))
  return places.find((place) => existsSync(place)) ?? places[0]!
}
