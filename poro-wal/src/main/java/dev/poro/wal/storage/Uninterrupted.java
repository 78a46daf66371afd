package dev.poro.wal.storage;

/**
 * Calls that an interrupt must not disturb, because it would close the channel that they use. The thread may be the
 * application's; its interrupted status is restored afterwards.
 */
public final class Uninterrupted {
    /** The call. */
    @FunctionalInterface
    public interface Call<T, E extends Exception> {
        /** Makes the call. */
        T run() throws E;
    }

    private Uninterrupted() {}

    /**
     * Makes a call with the thread's interrupted status cleared, and restores it afterwards.
     *
     * @param body the call
     * @return its result
     */
    public static <T, E extends Exception> T call(Call<T, E> body) throws E {
        boolean interrupted = Thread.interrupted();
        try {
            return body.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
