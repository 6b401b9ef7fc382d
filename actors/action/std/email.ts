import { defineAction } from '../action.ts'

const OPTIONAL = [
  'reply_to',
  'cc_addrs',
  'bcc_addrs',
  'smtp_password',
  'subject',
  'body',
  'html_body',
]

export const action = defineAction({
  name: 'std.email',
  className: 'mistral.actions.std_actions.SendEmailAction',
  description:
    'Sends mail through `smtp_server`, a host with or without a port. Receivers are lists ' +
    'of addresses. With `smtp_password` it logs in as `from_addr`, over TLS. The result is null.',
  parameters: [
    { name: 'from_addr' },
    { name: 'to_addrs' },
    { name: 'smtp_server' },
    ...OPTIONAL.map((name) => ({ name, default: null })),
  ],
  async run(input, context) {
    const { sendEmail } = await import('../email/send.ts')
    return sendEmail(input, context)
  },
})
