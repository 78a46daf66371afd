package dev.poro.cluster;

import io.aeron.archive.checksum.Checksum;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.protocol.DataHeaderFlyweight;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * CRC-32C of each fragment in the archive. What a disk has damaged is not applied; and a fragment that ends in zeros is
 * told from one that a kill has cut off: without it, the archive takes both for cut off, and does not start.
 *
 * <p>The archive asks for it in three places, with the bytes after the header of a frame each time:
 *
 * <ul>
 *   <li>When it records, of each fragment of a block that it has copied; and when it replays, of each fragment that it
 *       has read as a whole. It asks of no padding frame: of those, only the header is in the file, without a checksum.
 *   <li>Of each entry of its catalog.
 *   <li>When it starts, in the search for the end of a recording, of the last frame, whatever that is. It has read a
 *       piece of the file by then, and the frame may begin before the piece, or end after it.
 * </ul>
 *
 * <p>Aeron's own checksum reads all of that without looking, and needs one more package of the JDK to be open.
 * Thread-safe.
 */
final class FragmentChecksum implements Checksum {
    /** In bytes: no packet of UDP is longer, so no fragment is, nor an entry of the catalog. */
    static final int LONGEST = 64 << 10;

    private static final int HEADER_LENGTH = DataHeaderFlyweight.HEADER_LENGTH;

    /** What the archive asks about is not in its memory: reading that might end the process. */
    static final class NotInMemoryException extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotInMemoryException(int offset, int length) {
            super("the archive asks for the checksum of " + length + " bytes at offset " + offset
                    + " of its memory, and has less");
        }
    }

    private final ThreadLocal<Scratch> scratches = ThreadLocal.withInitial(Scratch::new);

    private static final class Scratch {
        private final CRC32C crc = new CRC32C();
        private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        private final ByteBuffer bytes = ByteBuffer.allocateDirect(LONGEST);

        /** Bytes of the memory in which this thread searches for the end of a recording; 0 if it does not. */
        private int searched;
    }

    /**
     * Starts an archive, which searches on this thread for the ends of the recordings that a kill has left.
     *
     * @param memory into which it reads, in bytes
     * @throws NotInMemoryException if the last frame of one does not begin and end there
     */
    <T> T searching(int memory, Supplier<T> start) {
        Scratch scratch = scratches.get();
        scratch.searched = memory;
        try {
            return start.get();
        } finally {
            scratch.searched = 0;
        }
    }

    @Override
    public int compute(long address, int offset, int length) {
        Scratch scratch = scratches.get();
        if (scratch.searched > 0) {
            if (offset < HEADER_LENGTH || offset > scratch.searched) {
                throw new NotInMemoryException(offset, length);
            }
            scratch.view.wrap(address + offset - HEADER_LENGTH, HEADER_LENGTH);
            // An entry of the catalog has another header, whose bytes may look like the type of a padding.
            if (FrameDescriptor.isPaddingFrame(scratch.view, 0) && isOfLength(scratch.view, length)) {
                // It has nothing else, and so is complete: the archive compares with what is in place of a checksum.
                return FrameDescriptor.frameSessionId(scratch.view, 0);
            }
        }
        if (length > (scratch.searched > 0 ? scratch.searched - offset : LONGEST)) {
            throw new NotInMemoryException(offset, length);
        }
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

    private static boolean isOfLength(UnsafeBuffer header, int bodyLength) {
        return BitUtil.align(FrameDescriptor.frameLength(header, 0), FrameDescriptor.FRAME_ALIGNMENT) - HEADER_LENGTH
                == bodyLength;
    }
}
