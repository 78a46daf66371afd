package dev.poro.engine;

import dev.poro.wal.SimulatedFault;
import dev.poro.wal.SimulatedOperation;
import dev.poro.wal.SimulatedOperation.Kind;
import dev.poro.wal.SimulatedStorage;
import java.util.List;
import java.util.function.Predicate;

/** What may go wrong with one operation of the disk in a {@link Simulation}. */
record SimulationFault(Kind operation, String message, int bytesWritten, long stallMillis) {
    /** Forces and writes more than once, because they fail more often. */
    static final List<SimulationFault> KINDS = List.of(
            failing(Kind.FORCE, SimulatedStorage.IO_ERROR),
            failing(Kind.FORCE, SimulatedStorage.IO_ERROR),
            failing(Kind.FORCE, SimulatedStorage.NO_SPACE),
            failing(Kind.WRITE, SimulatedStorage.IO_ERROR),
            failing(Kind.WRITE, SimulatedStorage.NO_SPACE),
            new SimulationFault(Kind.WRITE, SimulatedStorage.IO_ERROR, 100, 0),
            new SimulationFault(Kind.WRITE, SimulatedStorage.NO_SPACE, 700, 0),
            failing(Kind.CREATE, SimulatedStorage.IO_ERROR),
            failing(Kind.CREATE, SimulatedStorage.NO_SPACE),
            failing(Kind.RENAME, SimulatedStorage.IO_ERROR),
            failing(Kind.RENAME, SimulatedStorage.NO_SPACE),
            failing(Kind.FORCE_DIRECTORY, SimulatedStorage.IO_ERROR),
            failing(Kind.DELETE, SimulatedStorage.IO_ERROR),
            failing(Kind.OPEN, SimulatedStorage.IO_ERROR),
            failing(Kind.OPEN_READ_ONLY, SimulatedStorage.IO_ERROR),
            failing(Kind.READ, SimulatedStorage.IO_ERROR),
            failing(Kind.LENGTH, SimulatedStorage.IO_ERROR),
            failing(Kind.LIST, SimulatedStorage.IO_ERROR),
            failing(Kind.MAP, SimulatedStorage.IO_ERROR),
            new SimulationFault(Kind.FORCE, null, 0, 2_500),
            new SimulationFault(Kind.WRITE, null, 0, 900));

    private static SimulationFault failing(Kind operation, String message) {
        return new SimulationFault(operation, message, 0, 0);
    }

    /** Hits the {@code nth} operation of its kind from now on. */
    void injectInto(SimulatedStorage storage, int nth) {
        Predicate<SimulatedOperation> which = candidate -> candidate.kind() == operation;
        storage.inject(new SimulatedFault(which, nth, nth, message, bytesWritten, stallMillis));
    }

    boolean isFailure() {
        return message != null;
    }

    boolean meansNoSpace() {
        return SimulatedStorage.NO_SPACE.equals(message);
    }
}
