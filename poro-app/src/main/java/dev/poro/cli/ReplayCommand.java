package dev.poro.cli;

import dev.poro.engine.LogVerification;
import java.io.IOException;

/** What the subcommands that replay a log have in common: they say what came out, as text or as JSON. */
abstract class ReplayCommand extends LogCommand {
    @Override
    final int run(ReplyStream out) throws IOException {
        LogVerification verified = withProgress(progress -> LogVerification.of(path(), progress));
        if (isJson()) {
            out.line(json(verified).toString());
        } else {
            print(verified, out);
            String problem = problemOf(verified.log());
            if (!problem.isEmpty()) {
                out.line(problem);
            }
        }
        return statusOf(verified.log().verdict());
    }

    abstract void print(LogVerification verified, ReplyStream out) throws IOException;

    abstract JsonObject json(LogVerification verified);
}
