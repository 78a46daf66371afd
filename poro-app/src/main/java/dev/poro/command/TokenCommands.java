package dev.poro.command;

import java.io.IOException;
import java.util.List;

/** The command that lets a client send the next one again without having it done twice. */
final class TokenCommands {
    private static final String NAME = "PORO.TOKEN";

    /** What is said of a command that was to have a token, and has none because that was wrong. */
    static final String MISSING =
            "refused, because the " + NAME + " before it was wrong: the change could be done twice";

    static final Command<Session> PORO_TOKEN = Command.<Session>of(
                    NAME,
                    "client number",
                    "Give the next command that writes a token: sent again with the same one, it is not done again, and"
                            + " shows what it showed the first time. A client numbers its changes from 1 on. After an"
                            + " error of this command, the next one that writes is refused.",
                    TokenCommands::token)
            .described("poro", "1.0.0", "noscript fast")
            .writing()
            .outsideOfTransactions();

    private TokenCommands() {}

    private static void token(Session session, List<byte[]> words) throws IOException {
        session.missToken(); // unless it turns out to be right
        long client = Arguments.integer(words.get(1));
        long number = Arguments.integer(words.get(2), 1, Long.MAX_VALUE);
        session.useToken(client, number);
        session.replies().ok();
    }
}
