package dev.poro.engine;

import dev.poro.events.EventType;
import dev.poro.events.RecordDescriptor;
import dev.poro.events.RecordFlags;
import java.util.Objects;

/**
 * A change that carries a token, so that it can be sent again without being done twice: after a reply that was lost, a
 * failure, a restart, from another process.
 *
 * <pre>{@code
 * long balance = poro.withToken(client, 7).add(account, -5);      // no reply: did it happen?
 * long balance = poro.withToken(client, 7).add(account, -5);      // it has happened once, and this is what came of it
 * }</pre>
 *
 * <p>A client is a number that nobody else uses; it sends one change after the other, numbered 1, 2, 3 and so on, and
 * goes on when it has the outcome of the one before. Of each client the store remembers the last number and its
 * outcome, as durably as the change itself. A change with
 *
 * <ul>
 *   <li>the next number is carried out;
 *   <li>the last number again gets the outcome of the first time, and changes nothing. Whether it is the same change is
 *       not compared;
 *   <li>any other number is rejected with a {@link TokenRejectedException}, and changes nothing. A number too high
 *       means that changes which the client believes to be done are not in this store, as after a power cut under a
 *       policy other than {@link SyncPolicy#ALWAYS}, or after a restore.
 * </ul>
 *
 * <p>The token is looked at before any condition. A change that is rejected by its condition, by the value that it
 * finds, or by the memory budget is not remembered, and its number stays free: the same change may be tried again, or
 * another one may take the number. Only if an attempt without a reply might still arrive, begin as another client
 * instead.
 *
 * <p>A store remembers the 10,000 clients that have made a change last, each for 64 bytes of the memory budget. A
 * client that it has forgotten is rejected unless it begins with 1 again; so the first change of a client that may
 * pause for long should be one that may happen twice. {@link Poro#clear} forgets no client.
 *
 * <p>Each method makes one change, and throws what the method of the same name of {@link Poro} throws. Methods that
 * return the value before are missing: it is not remembered. Immutable and thread-safe.
 */
public final class TokenChanges {
    private static final byte[] NOTHING = {};

    private final Operations operations;
    private final Token token;

    TokenChanges(Operations operations, Token token) {
        this.operations = operations;
        this.token = token;
    }

    /** {@link Poro#set(byte[], byte[])}. */
    public boolean set(byte[] key, byte[] value) {
        operations.requireLengths(key, value);
        return operations.existed(operations.perform(token, EventType.SET, 0, 0, 0, key, value, 0, null));
    }

    /** {@link Poro#set(String, String)}. */
    public boolean set(String key, String value) {
        return set(Utf8.encode(key, "key"), Utf8.encode(value, "value"));
    }

    /** {@link Poro#set(byte[], byte[], Expiry, SetIf)}. */
    public boolean set(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        int flags = Operations.flagsOf(expiry, condition);
        return setIf(key, value, flags, expiry.millis(), 0);
    }

    /** {@link Poro#setIfAbsent(byte[], byte[])}. */
    public boolean setIfAbsent(byte[] key, byte[] value) {
        return setIf(key, value, RecordFlags.IF_ABSENT, 0, 0);
    }

    /** {@link Poro#replace(byte[], long, byte[])}. */
    public boolean replace(byte[] key, long sequence, byte[] value) {
        Operations.requireSequence(sequence);
        return setIf(key, value, RecordFlags.IF_SEQUENCE | RecordFlags.KEEP_EXPIRY, 0, sequence);
    }

    private boolean setIf(byte[] key, byte[] value, int flags, long time, long guard) {
        operations.requireLengths(key, value);
        return operations.isMet(operations.perform(token, EventType.SET, flags, time, guard, key, value, 0, null));
    }

    /** {@link Poro#delete(byte[])}. */
    public boolean delete(byte[] key) {
        return delete(key, 0, 0);
    }

    /** {@link Poro#delete(String)}. */
    public boolean delete(String key) {
        return delete(Utf8.encode(key, "key"));
    }

    /** {@link Poro#delete(byte[], long)}. */
    public boolean delete(byte[] key, long sequence) {
        Operations.requireSequence(sequence);
        return delete(key, RecordFlags.IF_SEQUENCE, sequence);
    }

    private boolean delete(byte[] key, int flags, long guard) {
        operations.requireKey(key);
        return operations.existed(operations.perform(token, EventType.DELETE, flags, 0, guard, key, NOTHING, 0, null));
    }

    /** {@link Poro#add(byte[], long)}. */
    public long add(byte[] key, long delta) {
        operations.requireKey(key);
        return operations.number(operations.perform(token, EventType.ADD, 0, 0, 0, key, NOTHING, delta, null));
    }

    /** {@link Poro#add(String, long)}. */
    public long add(String key, long delta) {
        return add(Utf8.encode(key, "key"), delta);
    }

    /** {@link Poro#append(byte[], byte[])}. */
    public long append(byte[] key, byte[] bytes) {
        return splice(key, RecordDescriptor.SPLICE_AT_END, bytes);
    }

    /** {@link Poro#overwrite(byte[], int, byte[])}. */
    public long overwrite(byte[] key, int offset, byte[] bytes) {
        Operations.requireOffset(offset);
        return splice(key, offset, bytes);
    }

    private long splice(byte[] key, int offset, byte[] bytes) {
        operations.requireLengths(key, bytes);
        long limits = Publisher.spliceNumber(offset, operations.spliceLimit());
        return operations.number(operations.perform(token, EventType.SPLICE, 0, 0, 0, key, bytes, limits, null));
    }

    /** {@link Poro#expire(byte[], Expiry, ExpireIf)}. If it returns {@code false}, it is not remembered. */
    public boolean expire(byte[] key, Expiry expiry, ExpireIf condition) {
        operations.requireKey(key);
        Operations.requireChange(expiry);
        Objects.requireNonNull(condition, "condition");
        int code = condition.condition().code();
        return operations.existed(operations.perform(
                token, EventType.EXPIRE_AT, expiry.flags(), expiry.millis(), 0, key, NOTHING, code, null));
    }

    /** {@link Poro#batch()}: the batch as a whole carries the token. */
    public Batch batch() {
        return new Batch(operations, token);
    }
}
