package dev.poro.wal;

/** When an event counts as acknowledged. */
public enum SyncPolicy {
    /** An event is acknowledged, applied and readable only once it is forced (fsync) to the device. */
    ALWAYS("nothing acknowledged is lost, not even to a power cut"),
    /** Events are acknowledged once they are in the log's pages; those are forced every second. */
    EVERYSEC("a killed process loses nothing; a power cut loses at most the last second and the force in progress"),
    /** Events are acknowledged once they are in the log's pages; the operating system writes them when it likes. */
    OS("a killed process loses nothing; a power cut loses what the operating system had not written yet");

    private final String promise;

    SyncPolicy(String promise) {
        this.promise = promise;
    }

    /** The promise to the user, in one line. */
    public String promise() {
        return promise;
    }
}
