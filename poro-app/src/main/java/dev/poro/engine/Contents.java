package dev.poro.engine;

import dev.poro.events.EventRun;
import dev.poro.events.RawMemory;
import dev.poro.statemachine.EntryDetails;
import dev.poro.statemachine.ReadGroup;
import dev.poro.statemachine.ScanPosition;
import dev.poro.statemachine.ScannedEntries;
import dev.poro.statemachine.StateMachine;
import dev.poro.statemachine.StateMachineException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Supplier;

/** Reads of a state machine, whose failures become exceptions of a store. Thread-safe; takes no lock. */
final class Contents {
    private static final byte[] NO_BYTES = {};
    private static final int NONCE_SHIFT = ScanPosition.BITS;
    private static final int NONCE_BITS = Long.SIZE - 1 - NONCE_SHIFT;

    private final StateMachine stateMachine;
    private final Supplier<PoroException> closed;
    private final Function<InternalError, PoroException> stopped;

    /** In every cursor: one of another process or of another opening means nothing here. */
    private final long nonce = ThreadLocalRandom.current().nextLong(1, 1L << NONCE_BITS) << NONCE_SHIFT;

    /**
     * @param closed the exception for reads of a store that is closed
     * @param stopped the exception for a fault of a mapped file, which the JVM throws some time later
     */
    Contents(
            StateMachine stateMachine, Supplier<PoroException> closed, Function<InternalError, PoroException> stopped) {
        this.stateMachine = stateMachine;
        this.closed = closed;
        this.stopped = stopped;
    }

    byte[] get(byte[] key) {
        Objects.requireNonNull(key, "key");
        try {
            return stateMachine.get(key);
        } catch (StateMachineException retired) {
            throw closed.get();
        } catch (InternalError fault) {
            throw stopped.apply(fault);
        }
    }

    int get(byte[] key, byte[] target, int offset) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(target, "target");
        try {
            return stateMachine.get(key, target, offset);
        } catch (StateMachineException retired) {
            throw closed.get();
        } catch (InternalError fault) {
            throw stopped.apply(fault);
        }
    }

    Entry entry(byte[] key) {
        Objects.requireNonNull(key, "key");
        EntryDetails details = new EntryDetails();
        try {
            return entry(stateMachine.get(key, details), details);
        } catch (StateMachineException retired) {
            throw closed.get();
        } catch (InternalError fault) {
            throw stopped.apply(fault);
        }
    }

    private static Entry entry(byte[] value, EntryDetails details) {
        Instant expiry = details.expires() ? Instant.ofEpochMilli(details.expiry()) : null;
        return value == null ? null : new Entry(value, details.sequence(), expiry);
    }

    byte[] get(ByteBuffer key) {
        return get(key, (EntryDetails) null);
    }

    Entry entry(ByteBuffer key) {
        EntryDetails details = new EntryDetails();
        return entry(get(key, details), details);
    }

    private byte[] get(ByteBuffer key, EntryDetails details) {
        Objects.requireNonNull(key, "key");
        int length = key.remaining();
        long at = RawMemory.placeOf(key, length);
        byte[] array = RawMemory.arrayOf(key);
        try {
            return stateMachine.get(stateMachine.hash(array, at, length), array, at, length, details);
        } catch (StateMachineException retired) {
            throw closed.get();
        } catch (InternalError fault) {
            throw stopped.apply(fault);
        } finally {
            Reference.reachabilityFence(key);
        }
    }

    /** Returns the length of the value, or -1; the target's position moves behind what was copied. */
    int get(ByteBuffer key, ByteBuffer target) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(target, "target");
        if (target.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        int position = target.position();
        int room = target.remaining();
        try {
            int length = get(key, RawMemory.arrayOf(target), RawMemory.placeOf(target, room), room);
            target.position(position + Math.max(0, Math.min(room, length)));
            return length;
        } finally {
            Reference.reachabilityFence(target);
        }
    }

    boolean contains(ByteBuffer key) {
        Objects.requireNonNull(key, "key");
        return get(key, NO_BYTES, 0, 0) >= 0;
    }

    private int get(ByteBuffer key, byte[] target, long targetAt, int room) {
        int length = key.remaining();
        long at = RawMemory.placeOf(key, length);
        byte[] array = RawMemory.arrayOf(key);
        try {
            long hash = stateMachine.hash(array, at, length);
            return stateMachine.get(hash, array, at, length, target, targetAt, room, null);
        } catch (StateMachineException retired) {
            throw closed.get();
        } catch (InternalError fault) {
            throw stopped.apply(fault);
        } finally {
            Reference.reachabilityFence(key);
        }
    }

    /** The values of several keys, in their order, each of its own moment. */
    List<byte[]> getAll(Collection<byte[]> keys) {
        byte[][] inOrder = keys.toArray(new byte[0][]);
        List<byte[]> values = new ArrayList<>(inOrder.length);
        ReadGroup group = new ReadGroup(stateMachine);
        long[] hashes = new long[Math.min(inOrder.length, ReadGroup.CAPACITY)];
        try {
            for (int begin = 0; begin < inOrder.length; begin += hashes.length) {
                int end = Math.min(inOrder.length, begin + hashes.length);
                for (int i = begin; i < end; i++) {
                    hashes[i - begin] = stateMachine.hash(Objects.requireNonNull(inOrder[i], "key"));
                    group.add(hashes[i - begin]);
                }
                group.fetch();
                for (int i = begin; i < end; i++) {
                    values.add(stateMachine.get(hashes[i - begin], inOrder[i], 0, inOrder[i].length, null));
                }
            }
        } catch (StateMachineException retired) {
            throw closed.get();
        } catch (InternalError fault) {
            throw stopped.apply(fault);
        }
        return values;
    }

    dev.poro.statemachine.MemoryReport memory() {
        try {
            return stateMachine.memoryReport();
        } catch (StateMachineException retired) {
            throw closed.get();
        }
    }

    /** Does the reads of a run, from its beginning up to an index. */
    void read(EventRun run, int end, RunReader reader) {
        try {
            reader.read(stateMachine, run, end);
        } catch (StateMachineException retired) {
            throw closed.get();
        } catch (InternalError fault) {
            throw stopped.apply(fault);
        }
    }

    long stamp(byte[] key) {
        Objects.requireNonNull(key, "key");
        try {
            return stateMachine.stamp(key);
        } catch (StateMachineException retired) {
            throw closed.get();
        }
    }

    /** Adds the entries of the next step; returns whether the position is not the end. */
    boolean scan(ScanPosition position, ScannedEntries entries) {
        try {
            return stateMachine.scan(position, entries);
        } catch (StateMachineException retired) {
            throw closed.get();
        } catch (InternalError fault) {
            throw stopped.apply(fault);
        }
    }

    /** See {@link Poro#scan(long, int)}. */
    ScanPage scan(long cursor, int about) {
        if (about < 1) {
            throw new IllegalArgumentException("a step of about " + about + " keys: 1 or more");
        }
        boolean isOurs = cursor > 0 && (cursor >>> NONCE_SHIFT << NONCE_SHIFT) == nonce;
        ScanPosition position = ScanPosition.of(isOurs ? cursor - nonce : 0);
        ScannedEntries entries = new ScannedEntries(0);
        List<byte[]> keys = new ArrayList<>();
        boolean goesOn = true;
        while (goesOn && keys.size() < about) {
            entries.clear(); // one step at a time: an array has no room for all keys of a large store
            goesOn = scan(position, entries);
            for (int i = 0; i < entries.count(); i++) {
                keys.add(entries.key(i));
            }
        }
        return new ScanPage(goesOn ? nonce + position.toLong() : 0, keys);
    }
}
