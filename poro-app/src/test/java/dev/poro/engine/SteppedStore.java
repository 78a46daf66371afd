package dev.poro.engine;

import dev.poro.events.EventRing;
import dev.poro.events.FailStop;
import dev.poro.statemachine.StateMachine;
import dev.poro.wal.LogSettings;
import dev.poro.wal.LogVisitor;
import dev.poro.wal.ReplayProgress;
import dev.poro.wal.WriteAheadLog;
import java.io.IOException;
import java.util.function.LongFunction;
import org.slf4j.helpers.NOPLogger;

/**
 * A store whose handlers run when a simulation says so, on a log and a state machine that the simulation makes. The one
 * door from {@code dev.poro.simulation} to what the engine shows nobody else. Not thread-safe.
 */
public final class SteppedStore implements AutoCloseable {
    private final SteppedProcessors.Factory handlers;
    private final Poro poro;

    private SteppedStore(SteppedProcessors.Factory handlers, Poro poro) {
        this.handlers = handlers;
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
     * @param stateMachines makes the state machine, of so many bytes
     */
    public static SteppedStore open(
            PoroBuilder settings,
            Threading threading,
            long memory,
            long eventsPerMark,
            LongFunction<StateMachine> stateMachines,
            Log log) {
        SteppedProcessors.Factory handlers = new SteppedProcessors.Factory(threading);
        Poro poro = settings.smallMemory(memory)
                .eventsPerMark(eventsPerMark)
                .handlers(handlers)
                .logger(NOPLogger.NOP_LOGGER)
                .stateMachines(stateMachines)
                .log(log::open)
                .open();
        return new SteppedStore(handlers, poro);
    }

    /** The store itself. */
    public Poro poro() {
        return poro;
    }

    /** Its ring. */
    public EventRing ring() {
        return handlers.ring();
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
