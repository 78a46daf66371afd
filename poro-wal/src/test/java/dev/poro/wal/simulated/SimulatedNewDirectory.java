package dev.poro.wal.simulated;

import dev.poro.wal.NewDirectory;
import java.util.BitSet;

/** A directory in the making on a simulated disk. It takes a name only if no power cut can undo what is in it. */
public final class SimulatedNewDirectory implements NewDirectory {
    private final SimulatedStorage storage;
    private SimulatedStorage published;

    /** @param storage empty, or what was left of a making that was broken off */
    public SimulatedNewDirectory(SimulatedStorage storage) {
        this.storage = storage;
    }

    @Override
    public SimulatedStorage storage() {
        return storage;
    }

    @Override
    public void publish() {
        if (published != null || !storage.openFiles().isEmpty()) {
            throw new AssertionError("published twice, or with open files: " + storage.openFiles());
        }
        published = storage.powerCut(storage.pending(), new BitSet());
        if (!published.contents().equals(storage.contents())) {
            throw new AssertionError("published with changes that are not forced: " + storage.pending());
        }
    }

    /** What is there under the name, whatever the power does; {@code null} if it has none. */
    public SimulatedStorage published() {
        return published;
    }
}
