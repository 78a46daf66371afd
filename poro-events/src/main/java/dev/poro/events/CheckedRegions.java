package dev.poro.events;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** The regions of memory that may be touched in checked mode. Thread-safe. */
final class CheckedRegions {
    private static final int PAGE_BITS = 12;

    private final ConcurrentSkipListMap<Long, Long> lengthsByAddress = new ConcurrentSkipListMap<>();
    /** Counts the changes of the regions: a region that was found before the last change is looked up again. */
    private volatile int changes;
    /** The regions found last, by some bits of the page: looking up each would take most of a test's time. */
    private final Region[] found = new Region[1 << 14];

    private record Region(long begin, long end, int changes) {
        boolean contains(long address, long length) {
            return length >= 0 && address >= begin && address + length <= end;
        }
    }

    /** Adds a region in place of those that it overlaps. */
    synchronized void add(long address, long length) {
        Long known = lengthsByAddress.get(address);
        if (known != null && known == length) {
            return;
        }
        lengthsByAddress.subMap(address, address + Math.max(1, length)).clear();
        Map.Entry<Long, Long> before = lengthsByAddress.lowerEntry(address);
        if (before != null && before.getKey() + before.getValue() > address) {
            lengthsByAddress.remove(before.getKey());
        }
        lengthsByAddress.put(address, length);
        changes++;
    }

    /** {@link #add}, unless a region contains this one. Returns whether it was added. */
    boolean addUnlessThere(long address, long length) {
        if (isThere(address, length)) {
            return false;
        }
        add(address, length);
        return true;
    }

    /** Removes the region that begins there, if there is one. */
    synchronized void remove(long address) {
        if (lengthsByAddress.remove(address) != null) {
            changes++;
        }
    }

    /**
     * Refuses an access that lies in no region.
     *
     * @throws IndexOutOfBoundsException if it is refused
     */
    void require(long address, long length) {
        if (!isThere(address, length)) {
            throw new IndexOutOfBoundsException(
                    "access of " + length + " bytes at address " + address + " outside every region");
        }
    }

    private boolean isThere(long address, long length) {
        int slot = (int) (address >>> PAGE_BITS) & (found.length - 1);
        Region region = found[slot];
        if (region == null || region.changes != changes || !region.contains(address, length)) {
            region = find(address);
            found[slot] = region;
        }
        return region != null && region.contains(address, length);
    }

    /** The last region that begins at or before an address, or {@code null}. */
    private Region find(long address) {
        int before = changes;
        Map.Entry<Long, Long> region = lengthsByAddress.floorEntry(address);
        return region == null ? null : new Region(region.getKey(), region.getKey() + region.getValue(), before);
    }
}
