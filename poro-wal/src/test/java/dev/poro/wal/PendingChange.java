package dev.poro.wal;

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
