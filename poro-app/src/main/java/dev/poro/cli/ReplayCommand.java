package dev.poro.cli;

import dev.poro.engine.Progress;
import dev.poro.engine.tools.Verification;
import dev.poro.engine.tools.VerificationReport;
import java.io.IOException;

/** The base of the subcommands that replay a log: prints the result as text or as JSON. */
abstract class ReplayCommand extends LogCommand {
    @Override
    final int run(ReplyStream out) throws IOException {
        VerificationReport verified = withProgress(this::read);
        if (isJson()) {
            out.text(json(verified).toString());
        } else {
            print(verified, out);
            String problem = problemOf(verified);
            if (!problem.isEmpty()) {
                out.text(problem);
            }
        }
        return statusOf(verified);
    }

    VerificationReport read(Progress progress) {
        return Verification.runOnLog(path(), progress);
    }

    String problemOf(VerificationReport verified) {
        return problemOf(verified.log());
    }

    int statusOf(VerificationReport verified) {
        return statusOf(verified.log().verdict());
    }

    abstract void print(VerificationReport verified, ReplyStream out) throws IOException;

    abstract JsonObject json(VerificationReport verified);
}
