/**
 * @module
 * The functions of the workflow (`reference/yaql.md` §15). What they give is not converted: its arrays
 * are lists.
 */
import {
  executions,
  globalVariable,
  jsonDump,
  jsonParse,
  jsonPrettyPrint,
  task,
  tasks,
  yamlDump,
  yamlParse,
} from '../../workflow-functions.ts'
import { raw } from '../context.ts'
import { define } from '../definition.ts'

export const workflow = [
  define('env', 'F()', (context) => raw(context.run.host.env())),
  define('execution', 'F()', (context) => raw(context.run.host.execution())),
  define(
    'executions',
    'F(id: any = null, rootExecutionId: any = null, state: any = null, fromTime: any = null, toTime: any = null)',
    (context, ...query) => raw(executions(context.run.host, ...query)),
    { snakeCase: true },
  ),
  define(
    'task',
    'F(taskName: any = null)',
    (context, taskName) => raw(task(context.run.host, taskName)),
    { snakeCase: true },
  ),
  define(
    'tasks',
    'F(workflowExecutionId: any = null, recursive: bool? = false, state: any = null, flat: bool? = false)',
    (context, ...query) => raw(tasks(context.run.host, ...query)),
    { snakeCase: true },
  ),
  define(
    'global',
    'F(varName: any)',
    (context, varName) => raw(globalVariable(context.run.host, varName)),
    { snakeCase: true },
  ),
  define('uuid', 'F()', (context) => context.run.host.uuid()),
  define('json_dump', 'F(data: any)', (context, data) => context.text(jsonDump(data, 'tuple'))),
  define(
    'json_pp',
    'F(data: any = null)',
    (context, data) => context.text(jsonPrettyPrint(data, 'tuple')),
  ),
  define('json_parse', 'F(data: any)', (_, data) => raw(jsonParse(data))),
  define('yaml_dump', 'F(data: any)', (context, data) => context.text(yamlDump(data))),
  define('yaml_parse', 'F(data: any)', (_, data) => raw(yamlParse(data))),
]
