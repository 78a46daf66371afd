package dev.poro.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps replies until it is known that what they say has happened. Each method throws a {@link CommandException} if
 * that makes them too long. Not thread-safe.
 */
final class BufferedReplies implements Replies {
    private final List<Reply> replies = new ArrayList<>();
    private final ReplyLength length;

    /** @param session receives them in the end */
    BufferedReplies(Session session) {
        this.length = new ReplyLength(session);
    }

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

    private void add(int partLength, Reply reply) {
        length.add(partLength);
        replies.add(reply);
    }

    @Override
    public void ok() {
        add(0, Replies::ok);
    }

    @Override
    public void status(String word) {
        add(0, target -> target.status(word));
    }

    @Override
    public void integer(long value) {
        add(0, target -> target.integer(value));
    }

    @Override
    public void value(byte[] value) {
        add(value == null ? 0 : value.length, target -> target.value(value));
    }

    @Override
    public void array(int count) {
        add(0, target -> target.array(count));
    }

    @Override
    public void map(int count) {
        add(0, target -> target.map(count));
    }

    @Override
    public void set(int count) {
        add(0, target -> target.set(count));
    }

    @Override
    public void push(int count) {
        add(0, target -> target.push(count));
    }

    @Override
    public void number(double value) {
        add(0, target -> target.number(value));
    }

    @Override
    public void noArray() {
        add(0, Replies::noArray);
    }

    @Override
    public void text(String text) {
        add(text.length(), target -> target.text(text));
    }

    @Override
    public void error(String code, String message) {
        add(message.length(), target -> target.error(code, message));
    }
}
