package dev.poro.command;

/** Counts the bytes of a reply while its parts are collected: too many are noticed before they are in memory. */
final class ReplyLength {
    /** Of each part, at least: what says how long it is, and the objects that hold it. */
    private static final int OVERHEAD = 32;

    private final long limit;
    private long length;

    /** @param session receives the reply */
    ReplyLength(Session session) {
        this.limit = session.maxReplyLength();
    }

    /**
     * Counts a part.
     *
     * @param part {@code null} for one that is not there
     * @throws CommandException if the reply is too long now
     */
    void add(byte[] part) {
        add(part == null ? 0 : part.length);
    }

    /** {@link #add(byte[])} of a part of so many bytes. */
    void add(int partLength) {
        length += OVERHEAD + partLength;
        if (length > limit) {
            throw new CommandException("the reply would be longer than the limit of " + limit + " bytes");
        }
    }
}
