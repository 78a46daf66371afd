package dev.poro.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A session of no front end: its replies are kept. */
record RecordedSession(CommandStore store, RecordedReplies replies) implements Session {
    RecordedSession(CommandStore store) {
        this(store, new RecordedReplies());
    }

    /** What the command replies to its name and arguments. */
    List<String> run(Command<Session> command, String... words) throws IOException {
        command.run(this, words(words));
        return replies.take();
    }

    static List<byte[]> words(String... words) {
        return Arrays.stream(words)
                .map(word -> word.getBytes(StandardCharsets.UTF_8))
                .toList();
    }
}
