import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Action, defineAction } from '../../../actors/action/action.ts'
import { ActionRegistry, admitInput, raisedText } from '../../../actors/action/registry.ts'
import { formatActionParameters } from '../../../actors/language/parameters.ts'
import { InvalidError } from '../../../actors/errors.ts'

const greet = defineAction({
  name: 'my.greet',
  description: 'Greets.',
  parameters: [{ name: 'who' }, { name: 'how', default: 'hello' }, { name: 'opts', default: null }],
  run: ({ who = null }) => Promise.resolve({ data: who }),
})

function named(registry: ActionRegistry, name: string): Action {
  const action = registry.get(name)
  if (!action) throw new Error(`There is no ${name}`)
  return action
}

const registry = suite('the action registry')

registry('has the built-in actions, by name', () => {
  assert.equal(new ActionRegistry().list().map(({ name }) => name), [
    'std.async_noop',
    'std.echo',
    'std.email',
    'std.fail',
    'std.http',
    'std.javascript',
    'std.js',
    'std.mistral_http',
    'std.noop',
    'std.sleep',
    'std.ssh',
    'std.ssh_proxied',
    'std.test_dict',
    'std.wait_ssh',
  ])
  assert.is(new ActionRegistry().get('std.nobody'), null)
})

registry('has custom actions, but not two of a name', () => {
  assert.is(new ActionRegistry([greet]).get('my.greet'), greet)
  assert.throws(() => new ActionRegistry([greet, greet]), /already is an action named my\.greet/)
  assert.throws(() => new ActionRegistry([{ ...greet, name: 'std.echo' }]), /std\.echo/)
})

registry('shows parameters as the API does', () => {
  const text = (name: string) => formatActionParameters(named(new ActionRegistry([greet]), name))
  assert.is(text('my.greet'), 'who, how="hello", opts=null')
  assert.is(text('std.noop'), '')
  assert.is(text('std.echo'), 'output, delay=0')
  assert.is(text('std.fail'), 'error_data=null')
  assert.is(text('std.sleep'), 'seconds=1')
  assert.is(text('std.test_dict'), 'size=0, key_prefix="", val=""')
  const http = 'url, method="GET", params=null, body=null, json=null, headers=null, ' +
    'cookies=null, auth=null, timeout=null, allow_redirects=null, proxies=null, verify=null'
  assert.is(text('std.http'), http)
  assert.is(text('std.mistral_http'), http)
  assert.is(
    text('std.email'),
    'from_addr, to_addrs, smtp_server, reply_to=null, cc_addrs=null, bcc_addrs=null, ' +
      'smtp_password=null, subject=null, body=null, html_body=null',
  )
  assert.is(
    text('std.ssh'),
    'cmd, host, username, password="", private_key_filename=null, private_key=null, ' +
      'return_result_on_error=false',
  )
  assert.is(
    text('std.ssh_proxied'),
    'cmd, host, username, private_key_filename, gateway_host, gateway_username=null, ' +
      'password=null, proxy_command=null, private_key=null',
  )
  assert.is(text('std.wait_ssh'), 'host, username, password')
  assert.is(text('std.javascript'), 'script, context=null')
  assert.is(text('std.js'), 'script, context=null')
  assert.is(formatActionParameters({ parameters: [{ name: 'a' }], open: true }), 'a, **kwargs')
})

registry.run()

const admit = suite('admitting an input')

admit('refuses missing and unexpected names, in the words of Mistral', () => {
  const text = (action: string, input: Record<string, null>) => {
    try {
      admitInput(named(new ActionRegistry([greet]), action), input)
      return null
    } catch (error) {
      assert.instance(error, InvalidError)
      return (error as Error).message
    }
  }
  const echo = 'Invalid input [name=std.echo, class=mistral.actions.std_actions.EchoAction, '
  assert.is(text('std.echo', {}), `${echo}missing=['output']]`)
  assert.is(text('std.echo', { bad: null }), `${echo}missing=['output'], unexpected=['bad']]`)
  assert.is(text('std.echo', { output: null, delay: null }), null)
  assert.is(
    text('std.noop', { "it's": null }),
    'Invalid input [name=std.noop, class=mistral.actions.std_actions.NoOpAction, ' +
      `unexpected=["it's"]]`,
  )
  assert.is(
    text('my.greet', { a: null, who: null, b: null }),
    "Invalid input [name=my.greet, class=my.greet, unexpected=['a', 'b']]",
  )
})

admit('takes any name for an open action', () => {
  assert.equal(admitInput({ ...greet, open: true }, { a: 1 }), { a: 1 })
})

admit('keeps what the action prepared', () => {
  const http = named(new ActionRegistry(), 'std.http')
  const input = { url: 'http://h/', headers: { 'X-Num': 5, 'X-Float': 1.5, 'X-Text': 's' } }
  assert.equal(admitInput(http, input), {
    url: 'http://h/',
    headers: { 'X-Num': '5', 'X-Float': '1.5', 'X-Text': 's' },
  })
})

admit('refuses what the action refuses', () => {
  const http = named(new ActionRegistry(), 'std.http')
  const refused = (input: Parameters<typeof admitInput>[1]) => {
    try {
      admitInput(http, { url: 'http://h/', ...input })
      return null
    } catch (error) {
      return (error as Error).message.replace(/^.*, error=(.*)\]$/, '$1')
    }
  }
  assert.is(
    refused({ body: 'a', json: { b: 1 } }),
    "Only one of the parameters 'json' and 'body' can be passed",
  )
  assert.is(refused({ body: '', json: { b: 1 } }), null)
  assert.is(refused({ url: null }), "The parameter 'url' must be text, not None")
  assert.is(refused({ auth: 'token' }), "The parameter 'auth' must be 'USER:PASSWORD'")
  assert.match(refused({ timeout: 'soon' }) ?? '', /'timeout' must be a number of seconds/)
  assert.match(refused({ timeout: -1 }) ?? '', /'timeout' must be a number of seconds/)
  assert.is(refused({ headers: ['a'] }), "The parameter 'headers' must be a mapping")
  assert.match(refused({ headers: { A: [] } }) ?? '', /must map names to texts, see 'A'/)
})

admit.run()

const texts = suite('error texts')

texts('name the action as Mistral does', () => {
  const actions = new ActionRegistry()
  assert.is(
    raisedText(named(actions, 'std.fail'), 'ae-1', 'Fail action expected exception.'),
    'The action raised an exception [action=Fail action, action_ex_id=ae-1, ' +
      "msg='Fail action expected exception.']",
  )
  assert.is(
    raisedText(named(actions, 'std.http'), 'ae-1', 'no'),
    "The action raised an exception [action=std.http, action_ex_id=ae-1, msg='no']",
  )
})

texts.run()
