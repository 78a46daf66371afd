package dev.poro.cli;

import dev.poro.command.Replies;

/** Replies that nobody sees, but for the last error. */
final class SilentReplies implements Replies {
    private String error;

    /** Its code and its message, or {@code null} if there was none. */
    String error() {
        return error;
    }

    @Override
    public void ok() {}

    @Override
    public void status(String word) {}

    @Override
    public void integer(long value) {}

    @Override
    public void value(byte[] value) {}

    @Override
    public void array(int count) {}

    @Override
    public void noArray() {}

    @Override
    public void text(String text) {}

    @Override
    public void error(String code, String message) {
        error = code + " " + message;
    }
}
