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
    public void status(String word) {
        given.add("status " + word);
    }

    @Override
    public void array(int count) {
        given.add("array " + count);
    }

    @Override
    public void noArray() {
        given.add("no array");
    }

    @Override
    public void text(String text) {
        given.add("text " + text);
    }

    @Override
    public void error(String code, String message) {
        given.add("error " + (code.equals(GENERAL_ERROR) ? "" : code + " ") + message);
    }
}
