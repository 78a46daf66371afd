package dev.poro.cli;

import dev.poro.engine.LogVerification;
import dev.poro.wal.ReplayProgress;
import java.io.IOException;

/** What the subcommands that replay a log have in common: they say what came out, as text or as JSON. */
abstract class ReplayCommand extends LogCommand {
    @Override
    final int run(ReplyStream out) throws IOException {
        LogVerification verified = withProgress(this::read);
        if (isJson()) {
            out.line(json(verified).toString());
        } else {
            print(verified, out);
            String problem = problemOf(verified);
            if (!problem.isEmpty()) {
                out.line(problem);
            }
        }
        return statusOf(verified);
    }

    LogVerification read(ReplayProgress progress) {
        return LogVerification.ofLog(path(), progress);
    }

    String problemOf(LogVerification verified) {
        return problemOf(verified.log());
    }

    int statusOf(LogVerification verified) {
        return statusOf(verified.log().verdict());
    }

    abstract void print(LogVerification verified, ReplyStream out) throws IOException;

    abstract JsonObject json(LogVerification verified);
}
