package dev.poro.wal;

import dev.poro.events.RawMemory;
import java.nio.ByteBuffer;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.bytes.PointerBytesStore;
import net.openhft.chronicle.core.shutdown.PriorityHook;

/**
 * Makes Chronicle's views of mapped segments.
 *
 * <p>At its first use Chronicle starts a thread and registers a shutdown hook, to release resources in the background.
 * Poro's views own no resources, but thread and hook would keep Poro's class loader from being unloaded. So this class
 * sets Chronicle to release at once, unless the host program has used Chronicle before: then its settings stay.
 */
final class ChronicleView {
    private static final String RELEASER = "net.openhft.chronicle.core.io.BackgroundResourceReleaser";
    private static final String HAS_BACKGROUND = "background.releaser";

    static {
        if (PriorityHook.getRegisteredHook() == null) {
            String before = System.getProperty(HAS_BACKGROUND);
            System.setProperty(HAS_BACKGROUND, "false");
            try {
                Class.forName(RELEASER, true, ChronicleView.class.getClassLoader());
                PriorityHook.clear();
            } catch (ClassNotFoundException e) {
                throw new LinkageError(RELEASER, e);
            } finally {
                restore(before);
            }
        }
    }

    private ChronicleView() {}

    private static void restore(String before) {
        if (before == null) {
            System.clearProperty(HAS_BACKGROUND);
        } else {
            System.setProperty(HAS_BACKGROUND, before);
        }
    }

    /** A view of a mapping, which the caller keeps for as long as the view is used. */
    static PointerBytesStore of(ByteBuffer mapping) {
        PointerBytesStore view = BytesStore.nativePointer();
        view.set(RawMemory.addressOf(mapping), mapping.capacity());
        return view;
    }
}
