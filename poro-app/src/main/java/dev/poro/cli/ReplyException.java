package dev.poro.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;

/** A reply could not be written: the reader is gone, or the disk that standard output goes to is full. */
final class ReplyException extends IOException {
    private static final long serialVersionUID = 1L;

    ReplyException(IOException cause) {
        super("cannot write to standard output: " + cause.getMessage(), cause);
    }

    /**
     * Whether the reader just went away, as {@code head} does, which is no error. Java offers only the message text, in
     * the language of the process; so it is compared with that of a pipe without a reader.
     */
    boolean isBrokenPipe() {
        String said = getCause().getMessage();
        return said != null && said.equals(messageOfABrokenPipe());
    }

    private static String messageOfABrokenPipe() {
        try {
            Pipe pipe = Pipe.open();
            pipe.source().close();
            try (Pipe.SinkChannel unread = pipe.sink()) {
                unread.write(ByteBuffer.allocate(1));
            }
        } catch (IOException broken) {
            return broken.getMessage();
        }
        return null;
    }
}
