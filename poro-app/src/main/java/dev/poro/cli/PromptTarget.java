package dev.poro.cli;

import dev.poro.command.CommandStore;
import java.io.IOException;

/** What the commands of a prompt act on: the store that this program has opened, or a server. */
interface PromptTarget {
    /** The first line that a person sees. */
    String banner();

    /** The commands, for HELP, completion and hints. */
    KnownCommands commands();

    /** @param interrupts notifies long-running commands of Ctrl-C */
    LineRunner runner(ReplyStream replies, Interrupts interrupts) throws IOException;

    /** The store of this program. */
    static PromptTarget of(CommandStore store) {
        return new PromptTarget() {
            @Override
            public String banner() {
                return Version.banner();
            }

            @Override
            public KnownCommands commands() {
                return PromptCommands.KNOWN;
            }

            @Override
            public LineRunner runner(ReplyStream replies, Interrupts interrupts) {
                return new Shell(store, replies, interrupts);
            }
        };
    }
}
