package dev.poro.wal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** The names of a {@link SimulatedStorage}, and which of them a power cut leaves. Guarded by the storage. */
final class SimulatedDirectory {
    private final Map<String, SimulatedDisk> names = new TreeMap<>();
    private final Map<String, SimulatedDisk> forced = new TreeMap<>();
    private final List<Change> unforced = new ArrayList<>();

    /** The files by their names. */
    Map<String, SimulatedDisk> names() {
        return names;
    }

    /** The files by the names that survive every power cut. */
    Map<String, SimulatedDisk> forcedNames() {
        return forced;
    }

    /** What happened to names since the last force, oldest first. */
    List<Change> unforced() {
        return unforced;
    }

    /** Gives a file its name for good. */
    void put(String name, SimulatedDisk disk) {
        names.put(name, disk);
        forced.put(name, disk);
    }

    /** Removes a name for good. */
    void remove(String name) {
        names.remove(name);
        forced.remove(name);
    }

    void change(Change change) {
        change.applyTo(names);
        if (change.to() != null) {
            change.disk().renamed(change.to());
        }
        unforced.add(change);
    }

    void force() {
        if (!unforced.isEmpty()) {
            forced.clear();
            forced.putAll(names);
            unforced.clear();
        }
    }

    /** Gives an empty directory the same names, forced and unforced, of copies of the files. */
    void copyTo(SimulatedDirectory target, UnaryOperator<SimulatedDisk> copyOf) {
        names.forEach((name, disk) -> target.names.put(name, copyOf.apply(disk)));
        forced.forEach((name, disk) -> target.forced.put(name, copyOf.apply(disk)));
        unforced.forEach(
                change -> target.unforced.add(new Change(change.from(), change.to(), copyOf.apply(change.disk()))));
    }

    /** A creation ({@code from} is null), renaming, or deletion ({@code to} is null) of a file's name. Atomic. */
    record Change(String from, String to, SimulatedDisk disk) {
        /** Does nothing if an earlier change, which this one needs, was lost. */
        void applyTo(Map<String, SimulatedDisk> target) {
            if ((from == null || target.remove(from, disk)) && to != null) {
                target.put(to, disk);
            }
        }

        @Override
        public String toString() {
            if (from == null) {
                return "create " + to;
            }
            return to == null ? "delete " + from : "rename " + from + " " + to;
        }
    }
}
