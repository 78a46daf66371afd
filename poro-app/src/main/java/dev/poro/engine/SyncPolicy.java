package dev.poro.engine;

/** When a change is acknowledged. */
public enum SyncPolicy {
    /**
     * A change is acknowledged and readable only once it is fsynced. Nothing acknowledged is lost, not even to a power
     * cut.
     */
    ALWAYS(dev.poro.wal.SyncPolicy.ALWAYS),
    /**
     * A change is acknowledged once it is in the log's pages, which are fsynced every second. A killed process loses
     * nothing; a power cut loses at most the last second and the fsync in progress.
     */
    EVERYSEC(dev.poro.wal.SyncPolicy.EVERYSEC),
    /**
     * A change is acknowledged once it is in the log's pages, which the operating system writes at its own pace. A
     * killed process loses nothing; a power cut loses what was not written yet.
     */
    OS(dev.poro.wal.SyncPolicy.OS);

    private final dev.poro.wal.SyncPolicy ofLog;

    SyncPolicy(dev.poro.wal.SyncPolicy ofLog) {
        this.ofLog = ofLog;
    }

    /** The promise of the policy, in one line. */
    public String promise() {
        return ofLog.promise();
    }

    dev.poro.wal.SyncPolicy ofLog() {
        return ofLog;
    }
}
