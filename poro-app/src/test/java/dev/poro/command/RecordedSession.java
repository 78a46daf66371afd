package dev.poro.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A session of no front end: its replies are kept. */
final class RecordedSession extends Session {
    static final CommandTable<Session> TABLE = new CommandTable<>(List.copyOf(StoreCommands.ALL));

    private final RecordedReplies replies;

    RecordedSession(CommandStore store) {
        this(store, new RecordedReplies());
    }

    private RecordedSession(CommandStore store, RecordedReplies replies) {
        super(store, replies);
        this.replies = replies;
    }

    RecordedReplies recorded() {
        return replies;
    }

    /** What the command replies to its name and arguments. */
    List<String> run(Command<Session> command, String... words) throws IOException {
        command.run(this, words(words));
        return replies.take();
    }

    /** What a line without quotes is replied, between commas; each character of it is a byte. */
    String run(String line) throws IOException {
        List<byte[]> words = Arrays.stream(line.split(" ", -1))
                .map(word -> word.equals("''") ? "" : word)
                .map(word -> word.getBytes(StandardCharsets.ISO_8859_1))
                .toList();
        Command<? super Session> command = TABLE.named(words.get(0));
        String error = command.argumentErrorOf(words);
        if (error != null) {
            command.refuse(this, error);
            return String.join(", ", replies.take());
        }
        command.run(this, words);
        return String.join(", ", replies.take());
    }

    static List<byte[]> words(String... words) {
        return Arrays.stream(words)
                .map(word -> word.getBytes(StandardCharsets.UTF_8))
                .toList();
    }
}
