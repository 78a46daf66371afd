package dev.poro.simulation;

import dev.poro.wal.simulated.SimulatedFault;
import dev.poro.wal.simulated.SimulatedOperation;
import dev.poro.wal.simulated.SimulatedOperation.Kind;
import dev.poro.wal.simulated.SimulatedStorage;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What may go wrong with one operation of the disk in a {@link Simulation}.
 *
 * @param trouble that it belongs to, or {@code null} if it is always there
 * @param target which operations of their kind it hits
 */
record SimulationFault(
        Trouble trouble, Target target, Kind operation, String message, int bytesWritten, long stallMillis) {
    /** Forces and writes more than once, because they fail more often. */
    private static final List<SimulationFault> KINDS = List.of(
            failing(Kind.FORCE, SimulatedStorage.IO_ERROR),
            failing(Kind.FORCE, SimulatedStorage.IO_ERROR),
            failing(Kind.FORCE, SimulatedStorage.NO_SPACE),
            failing(Kind.WRITE, SimulatedStorage.IO_ERROR),
            failing(Kind.WRITE, SimulatedStorage.NO_SPACE),
            cutShort(SimulatedStorage.IO_ERROR, 100),
            cutShort(SimulatedStorage.NO_SPACE, 700),
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
            stalling(Kind.FORCE, 2_500),
            stalling(Kind.WRITE, 900),
            failing(Trouble.LOST_NAMES, Target.ANY, Kind.FORCE_DIRECTORY, SimulatedStorage.IO_ERROR),
            failing(Trouble.LOST_NAMES, Target.ANY, Kind.FORCE_DIRECTORY, SimulatedStorage.NO_SPACE),
            failing(Trouble.MORE_ERRORS, Target.ANY, Kind.LIST, SimulatedStorage.TOO_MANY_FILES),
            failing(Trouble.MORE_ERRORS, Target.ANY, Kind.CREATE, SimulatedStorage.TOO_MANY_FILES),
            failing(Trouble.MORE_ERRORS, Target.ANY, Kind.OPEN, SimulatedStorage.TOO_MANY_FILES),
            failing(Trouble.MORE_ERRORS, Target.ANY, Kind.OPEN_READ_ONLY, SimulatedStorage.TOO_MANY_FILES),
            failing(Trouble.MORE_ERRORS, Target.ANY, Kind.WRITE, SimulatedStorage.NO_QUOTA),
            failing(Trouble.MORE_ERRORS, Target.ANY, Kind.WRITE, SimulatedStorage.FILE_TOO_LARGE),
            failing(Trouble.MORE_ERRORS, Target.ANY, Kind.MAP, SimulatedStorage.MAP_FAILED),
            failing(Trouble.FAILED_CLOSE, Target.ANY, Kind.CLOSE, SimulatedStorage.IO_ERROR),
            ofPreparation(Kind.CREATE, SimulatedStorage.TOO_MANY_FILES),
            ofPreparation(Kind.CREATE, SimulatedStorage.IO_ERROR),
            ofPreparation(Kind.WRITE, SimulatedStorage.NO_SPACE),
            ofPreparation(Kind.WRITE, SimulatedStorage.FILE_TOO_LARGE),
            ofPreparation(Kind.WRITE, SimulatedStorage.IO_ERROR),
            ofPreparation(Kind.FORCE, SimulatedStorage.IO_ERROR),
            ofPreparation(Kind.RENAME, SimulatedStorage.NO_QUOTA),
            ofPreparation(Kind.RENAME, SimulatedStorage.IO_ERROR),
            ofPreparation(Kind.FORCE_DIRECTORY, SimulatedStorage.IO_ERROR),
            ofPreparation(Kind.OPEN, SimulatedStorage.TOO_MANY_FILES),
            ofPreparation(Kind.MAP, SimulatedStorage.MAP_FAILED),
            ofSnapshot(Kind.CREATE, SimulatedStorage.TOO_MANY_FILES),
            ofSnapshot(Kind.WRITE, SimulatedStorage.NO_QUOTA),
            ofSnapshot(Kind.WRITE, SimulatedStorage.IO_ERROR),
            ofSnapshot(Kind.FORCE, SimulatedStorage.IO_ERROR),
            ofSnapshot(Kind.RENAME, SimulatedStorage.IO_ERROR));

    /** Which operations. */
    enum Target {
        /** All of a kind. */
        ANY,
        /** Those that make the next segment: on the file that has no name yet, and those that give it one. */
        PREPARATION,
        /** Those that write a snapshot, up to its name. */
        SNAPSHOT
    }

    private static SimulationFault failing(Kind operation, String message) {
        return failing(null, Target.ANY, operation, message);
    }

    private static SimulationFault failing(Trouble trouble, Target target, Kind operation, String message) {
        return new SimulationFault(trouble, target, operation, message, 0, 0);
    }

    private static SimulationFault cutShort(String message, int bytesWritten) {
        return new SimulationFault(null, Target.ANY, Kind.WRITE, message, bytesWritten, 0);
    }

    private static SimulationFault stalling(Kind operation, long millis) {
        return new SimulationFault(null, Target.ANY, operation, null, 0, millis);
    }

    private static SimulationFault ofPreparation(Kind operation, String message) {
        return failing(Trouble.FAILED_PREPARATION, Target.PREPARATION, operation, message);
    }

    private static SimulationFault ofSnapshot(Kind operation, String message) {
        return failing(Trouble.FAILED_SNAPSHOT, Target.SNAPSHOT, operation, message);
    }

    /** What may go wrong at any time. */
    static List<SimulationFault> usual() {
        return KINDS.stream().filter(kind -> kind.trouble == null).toList();
    }

    /** What may go wrong besides where these troubles are met. */
    static List<SimulationFault> of(Set<Trouble> troubles) {
        return KINDS.stream().filter(kind -> troubles.contains(kind.trouble)).toList();
    }

    /** Hits the {@code nth} operation of its kind from now on. */
    void injectInto(SimulatedStorage storage, int nth) {
        storage.inject(new SimulatedFault(targeted(), nth, nth, message, bytesWritten, stallMillis));
    }

    private Predicate<SimulatedOperation> targeted() {
        switch (target) {
            case ANY:
                return candidate -> candidate.kind() == operation;
            case PREPARATION:
                return new OfPreparation();
            case SNAPSHOT:
                return candidate ->
                        candidate.kind() == operation && candidate.name().equals("snapshot.tmp");
        }
        throw new AssertionError(target);
    }

    private static boolean isUnnamedSegment(SimulatedOperation candidate) {
        return candidate.name().endsWith(".wal.tmp");
    }

    /** Behind the renaming, operations are known by what came before. */
    private final class OfPreparation implements Predicate<SimulatedOperation> {
        private String named = "";

        @Override
        public boolean test(SimulatedOperation candidate) {
            boolean isOfNamed = candidate.kind() == Kind.FORCE_DIRECTORY
                    ? !named.isEmpty()
                    : candidate.name().equals(named) && (candidate.kind() == Kind.OPEN || candidate.kind() == Kind.MAP);
            boolean hits = candidate.kind() == operation && (isOfNamed || isUnnamedSegment(candidate));
            if (isUnnamedSegment(candidate)) {
                named = candidate.kind() == Kind.RENAME ? candidate.target() : "";
            } else if (!isOfNamed) {
                named = "";
            }
            return hits;
        }
    }

    boolean isFailure() {
        return message != null;
    }

    /** Whether a store may stop for it, or not open: whether it leaves anything in doubt. */
    boolean mayStopStores() {
        return isFailure() && target == Target.ANY;
    }

    /** Whether changes may be refused for it: there is no next segment. */
    boolean mayRefuseChanges() {
        return target == Target.PREPARATION || meansNoSpace();
    }

    private boolean meansNoSpace() {
        return SimulatedStorage.NO_SPACE.equals(message)
                || SimulatedStorage.NO_QUOTA.equals(message)
                || SimulatedStorage.FILE_TOO_LARGE.equals(message);
    }
}
