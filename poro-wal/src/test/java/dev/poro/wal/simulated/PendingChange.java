package dev.poro.wal.simulated;

import java.util.BitSet;
import java.util.List;
import java.util.Random;

/**
 * What a power cut may undo: an unforced creation, renaming or deletion of a name, an unforced growth of a file, or an
 * unforced sector of one. See {@link SimulatedStorage#pending}.
 */
public final class PendingChange {
    private static final int GROWTH = -1;

    private final SimulatedDirectory.Change change;
    private final SimulatedDisk disk;
    private final int sector;

    private PendingChange(SimulatedDirectory.Change change, SimulatedDisk disk, int sector) {
        this.change = change;
        this.disk = disk;
        this.sector = sector;
    }

    static PendingChange ofName(SimulatedDirectory.Change change) {
        return new PendingChange(change, change.disk(), GROWTH);
    }

    static PendingChange ofGrowth(SimulatedDisk disk) {
        return new PendingChange(null, disk, GROWTH);
    }

    static PendingChange ofSector(SimulatedDisk disk, int sector) {
        return new PendingChange(null, disk, sector);
    }

    /** Chooses what a power cut leaves: of the names any or the first ones, of the rest about half, few, or most. */
    public static BitSet sample(List<PendingChange> pending, Random random) {
        int names = 0;
        while (names < pending.size() && pending.get(names).isName()) {
            names++;
        }
        BitSet kept = new BitSet(pending.size());
        boolean inOrder = random.nextBoolean();
        int first = random.nextInt(names + 1);
        for (int i = 0; i < names; i++) {
            kept.set(i, inOrder ? i < first : random.nextBoolean());
        }
        int likelihood = new int[] {8, 8, 2, 14}[random.nextInt(4)];
        for (int i = names; i < pending.size(); i++) {
            kept.set(i, random.nextInt(16) < likelihood);
        }
        return kept;
    }

    /** Whether it is one of a name. */
    public boolean isName() {
        return change != null;
    }

    /** Whether it is one of a file's length. */
    public boolean isGrowth() {
        return change == null && sector == GROWTH;
    }

    SimulatedDirectory.Change change() {
        return change;
    }

    SimulatedDisk disk() {
        return disk;
    }

    int sector() {
        return sector;
    }

    @Override
    public String toString() {
        if (isName()) {
            return change.toString();
        }
        return isGrowth() ? "length of " + disk.name() : "sector " + sector + " of " + disk.name();
    }
}
