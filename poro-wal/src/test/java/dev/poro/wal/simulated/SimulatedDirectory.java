package dev.poro.wal.simulated;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The names of a {@link SimulatedStorage}, and which of them a power cut leaves. Guarded by the storage.
 *
 * <p>A force that fails may lose the changes that it should have made last: later forces succeed without them, and a
 * power cut may undo them. What happens to a file's name afterwards is forced by the next, and ends the doubt.
 */
final class SimulatedDirectory {
    private final Map<String, SimulatedDisk> names = new TreeMap<>();
    private final Map<String, SimulatedDisk> forced = new TreeMap<>();
    private final List<Change> unforced = new ArrayList<>();
    /** Of these, those that no force will make last. By identity: a name may be given and taken twice. */
    private final Set<Change> lost = Collections.newSetFromMap(new IdentityHashMap<>());

    /** The files by their names. */
    Map<String, SimulatedDisk> names() {
        return names;
    }

    /** The files by the names that survive every power cut. */
    Map<String, SimulatedDisk> forcedNames() {
        return forced;
    }

    /** What happened to names and is not forced, oldest first. */
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
        int at = 0;
        while (at < unforced.size()) {
            Change change = unforced.get(at);
            if (lost.contains(change)) {
                at++;
            } else {
                change.makeLastIn(forced);
                unforced.remove(at);
                at -= forgetLost(unforced.subList(0, at), change);
            }
        }
    }

    /** Of what was lost before, nothing says any more what the disk may hold of that name or that file. */
    private int forgetLost(List<Change> earlier, Change last) {
        int before = earlier.size();
        earlier.removeIf(change -> lost.contains(change)
                && (change.disk() == last.disk() || Objects.equals(change.to(), last.to()))
                && lost.remove(change));
        return before - earlier.size();
    }

    /** A force failed: nobody will write what it should have written, and nobody will say so. */
    void forceFailed() {
        lost.addAll(unforced);
    }

    /** The next process finds the directory as it is, and its first force writes all of it. */
    void writeAnew() {
        lost.clear();
    }

    /** Gives an empty directory the same names, forced and unforced, of copies of the files. */
    void copyTo(SimulatedDirectory target, UnaryOperator<SimulatedDisk> copyOf) {
        names.forEach((name, disk) -> target.names.put(name, copyOf.apply(disk)));
        forced.forEach((name, disk) -> target.forced.put(name, copyOf.apply(disk)));
        unforced.forEach(change -> {
            Change copy = new Change(change.from(), change.to(), copyOf.apply(change.disk()));
            target.unforced.add(copy);
            if (lost.contains(change)) {
                target.lost.add(copy);
            }
        });
    }

    /** A creation ({@code from} is null), renaming, or deletion ({@code to} is null) of a file's name. Atomic. */
    record Change(String from, String to, SimulatedDisk disk) {
        /** Does nothing if an earlier change, which this one needs, was lost. */
        void applyTo(Map<String, SimulatedDisk> target) {
            if ((from == null || target.remove(from, disk)) && to != null) {
                target.put(to, disk);
            }
        }

        /** What the directory says of the file is written, whatever was lost of it before. */
        void makeLastIn(Map<String, SimulatedDisk> target) {
            target.values().removeIf(other -> other == disk);
            if (to != null) {
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
