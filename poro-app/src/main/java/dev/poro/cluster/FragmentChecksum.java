package dev.poro.cluster;

import io.aeron.archive.checksum.Checksum;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * CRC-32C of each fragment in the archive. What a disk has damaged is not applied; and a fragment that ends in zeros is
 * told from one that a kill has cut off: without it, the archive takes both for cut off, and does not start.
 *
 * <p>Aeron's own needs one more package of the JDK to be open. Thread-safe.
 */
final class FragmentChecksum implements Checksum {
    private static final int LONGEST = 64 << 10;

    /**
     * The archive asks about a fragment that it has overwritten in memory: when it looks for the end of a recording, it
     * reads so much at a time, and the last fragment does not end before that.
     */
    static final class NotInMemoryException extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotInMemoryException(int offset) {
            super("the archive asks for the checksum of what is at offset " + offset + " of its memory");
        }
    }

    private final ThreadLocal<Scratch> scratches = ThreadLocal.withInitial(Scratch::new);

    private static final class Scratch {
        private final CRC32C crc = new CRC32C();
        private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        private final ByteBuffer bytes = ByteBuffer.allocateDirect(LONGEST);
    }

    @Override
    public int compute(long address, int offset, int length) {
        if (offset < 0) {
            throw new NotInMemoryException(offset); // reading that would end the process
        }
        Scratch scratch = scratches.get();
        scratch.crc.reset();
        for (int done = 0; done < length; ) {
            int part = Math.min(length - done, LONGEST);
            scratch.view.wrap(address + offset + done, part);
            scratch.bytes.clear();
            scratch.view.getBytes(0, scratch.bytes, part);
            scratch.crc.update(scratch.bytes.flip());
            done += part;
        }
        return (int) scratch.crc.getValue();
    }
}
