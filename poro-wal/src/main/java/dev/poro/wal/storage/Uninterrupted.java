package dev.poro.wal.storage;

/**
 * Calls that the interrupt of a thread must not break off: it would close the channel that they use. The thread may be
 * the application's, and finds itself interrupted afterwards.
 */
public final class Uninterrupted {
    /** What is called. */
    @FunctionalInterface
    public interface Call<T, E extends Exception> {
        /** Does it. */
        T run() throws E;
    }

    private Uninterrupted() {}

    /**
     * Makes a call with the thread's interrupt put aside.
     *
     * @param body of the call
     * @return what it returns
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
