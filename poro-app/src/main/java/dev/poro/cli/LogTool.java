package dev.poro.cli;

import java.io.IOException;

/** A subcommand that works on a log and writes a result. */
interface LogTool {
    /** Runs the parsed command; returns the exit status. */
    int call(ReplyStream out) throws IOException;
}
