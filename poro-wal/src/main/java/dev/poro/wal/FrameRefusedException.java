package dev.poro.wal;

import java.io.IOException;

/**
 * A frame could not be written, and nothing of it is in the log, nor will be after a power cut. Its events did not
 * happen, and the log stays usable.
 */
final class FrameRefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    FrameRefusedException(IOException cause) {
        super(cause.getMessage(), cause);
    }
}
