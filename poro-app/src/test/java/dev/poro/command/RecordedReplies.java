package dev.poro.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Keeps replies, each as the name of its method and what it was given. */
final class RecordedReplies implements Replies {
    private final List<String> given = new ArrayList<>();

    /** What was given since the last call. */
    List<String> take() {
        List<String> taken = List.copyOf(given);
        given.clear();
        return taken;
    }

    @Override
    public void ok() {
        given.add("ok");
    }

    @Override
    public void integer(long value) {
        given.add("integer " + value);
    }

    @Override
    public void value(byte[] value) {
        given.add(value == null ? "value absent" : "value '" + new String(value, StandardCharsets.UTF_8) + "'");
    }

    @Override
    public void text(String text) {
        given.add("text " + text);
    }

    @Override
    public void error(String message) {
        given.add("error " + message);
    }
}
