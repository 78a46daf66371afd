package dev.poro.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Keeps replies until it is known that what they say has happened. Not thread-safe. */
final class BufferedReplies implements Replies {
    private final List<Reply> replies = new ArrayList<>();

    /** A reply that is to be given. */
    private interface Reply {
        void give(Replies target) throws IOException;
    }

    /** Gives all replies, in order. */
    void giveTo(Replies target) throws IOException {
        for (Reply reply : replies) {
            reply.give(target);
        }
    }

    @Override
    public void ok() {
        replies.add(Replies::ok);
    }

    @Override
    public void status(String word) {
        replies.add(target -> target.status(word));
    }

    @Override
    public void integer(long value) {
        replies.add(target -> target.integer(value));
    }

    @Override
    public void value(byte[] value) {
        replies.add(target -> target.value(value));
    }

    @Override
    public void array(int count) {
        replies.add(target -> target.array(count));
    }

    @Override
    public void map(int count) {
        replies.add(target -> target.map(count));
    }

    @Override
    public void set(int count) {
        replies.add(target -> target.set(count));
    }

    @Override
    public void push(int count) {
        replies.add(target -> target.push(count));
    }

    @Override
    public void number(double value) {
        replies.add(target -> target.number(value));
    }

    @Override
    public void noArray() {
        replies.add(Replies::noArray);
    }

    @Override
    public void text(String text) {
        replies.add(target -> target.text(text));
    }

    @Override
    public void error(String code, String message) {
        replies.add(target -> target.error(code, message));
    }
}
