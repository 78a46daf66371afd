package dev.poro.engine;

import com.lmax.disruptor.BusySpinWaitStrategy;
import dev.poro.events.EventRing;
import dev.poro.events.EventSlot;
import dev.poro.events.FailStop;
import dev.poro.events.RawMemory;
import dev.poro.events.RecordFlyweight;
import dev.poro.events.RecordMemory;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogSettings;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.WriteAheadLog;
import java.io.IOException;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.slf4j.helpers.NOPLogger;

/**
 * A store whose handlers run when a simulation says so, on a log and a state machine that the simulation makes. The one
 * door from {@code dev.poro.simulation} to what the engine shows nobody else. Not thread-safe.
 */
public final class SteppedStore implements AutoCloseable {
    private final SteppedProcessors.Factory handlers;
    private final RecordedRing[] ring;
    private final StateMachine[] stateMachine;
    private final Poro poro;

    private SteppedStore(
            SteppedProcessors.Factory handlers, RecordedRing[] ring, StateMachine[] stateMachine, Poro poro) {
        this.handlers = handlers;
        this.ring = ring;
        this.stateMachine = stateMachine;
        this.poro = poro;
    }

    /** Where the log is: {@link WriteAheadLog#open}. */
    @FunctionalInterface
    public interface Log {
        /** Opens it. */
        WriteAheadLog open(LogSettings settings, LogVisitor replay, ReplayProgress progress, FailStop failStop)
                throws IOException;
    }

    /**
     * Opens a store.
     *
     * @param memory its budget in bytes, which may be smaller than users may have it
     * @param eventsPerMark so many events, and a digest mark goes into the log
     * @param clock when an event is published
     * @param stateMachines makes the state machine, of so many bytes
     */
    public static SteppedStore open(
            PoroBuilder settings,
            Threading threading,
            long memory,
            long eventsPerMark,
            LongSupplier clock,
            LongFunction<StateMachine> stateMachines,
            Log log) {
        RecordedRing[] ring = new RecordedRing[1];
        StateMachine[] stateMachine = new StateMachine[1];
        SteppedProcessors.Factory handlers = new SteppedProcessors.Factory(threading) {
            @Override
            public EventRing newRing(int capacity) {
                ring[0] = new RecordedRing(capacity, new BusySpinWaitStrategy(), OUTCOMES_KEPT, clock);
                return ring[0];
            }
        };
        Poro poro = settings.smallMemory(memory)
                .eventsPerMark(eventsPerMark)
                .handlers(handlers)
                .logger(NOPLogger.NOP_LOGGER)
                .stateMachines(reserve -> stateMachine[0] = stateMachines.apply(reserve))
                .log(log::open)
                .open();
        return new SteppedStore(handlers, ring, stateMachine, poro);
    }

    /** The store itself. */
    public Poro poro() {
        return poro;
    }

    /** Its ring. */
    public RecordedRing ring() {
        return ring[0];
    }

    /**
     * Publishes an event past all checks of the store's methods. Nobody waits for it.
     *
     * @param record well-formed
     * @return whether there was room for it
     */
    public boolean publish(byte[] record) {
        RecordMemory memory = ring().memory();
        boolean isShort = record.length <= EventSlot.INLINE_LENGTH;
        long block = isShort ? RecordMemory.FULL : memory.tryTake(record.length);
        if (!isShort && block == RecordMemory.FULL) {
            return false;
        }
        long ringSequence = ring().tryClaim();
        if (ringSequence == EventRing.FULL) {
            if (!isShort) {
                memory.free(block, record.length);
            }
            return false;
        }
        EventSlot slot = ring().slot(ringSequence);
        long address = isShort ? slot.inlineRecord() : block;
        RawMemory.copy(record, 0, address, record.length);
        RecordFlyweight event = new RecordFlyweight().wrap(address);
        long hash = stateMachine[0].hash(event.keyAddress(), event.keyLength());
        if (isShort) {
            slot.prepare(address, record.length, null, hash);
        } else {
            slot.prepareBlock(address, record.length, null, hash);
        }
        ring().publish(ringSequence);
        return true;
    }

    /** Whether it has stopped, and why. */
    public FailStop failStop() {
        return handlers.failStop();
    }

    /** Runs the journal's handler; both of them if callers run them. */
    public void journal() {
        handlers.journal();
    }

    /** Runs the state machine's handler. */
    public void apply() {
        handlers.apply();
    }

    /** Closes it and gives its memory back at once: nobody reads any more. */
    @Override
    public void close() {
        poro.closeUnread();
    }
}
