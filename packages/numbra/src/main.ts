#!/usr/bin/env node
/**
 * The executable: the one place that reads process.argv and process.env.
 * @module
 */
import { run } from './program.js';

process.exitCode = await run(process.argv.slice(2), process.env);
