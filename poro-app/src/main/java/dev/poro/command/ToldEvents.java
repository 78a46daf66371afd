package dev.poro.command;

import dev.poro.engine.Batch;
import dev.poro.engine.Expiry;
import dev.poro.engine.KeyEvents;
import java.util.ArrayList;
import java.util.List;

/**
 * What a transaction tells the listeners of a store, in the order of its commands: it is more than the batch shows,
 * which has one change of a key at most. Remembers only what somebody wants; and all else in the place of what somebody
 * wants and the batch would show. Not thread-safe; used once.
 */
final class ToldEvents {
    /** What a batch may show of the changes of a transaction. */
    private static final List<String> SHOWN = List.of("new", "set", "setrange", "expire", "persist", "del");

    private final KeyEvents listeners;
    private final boolean isInPlaceOfOthers;
    private final List<String> names = new ArrayList<>();
    private final List<byte[]> keys = new ArrayList<>();
    private boolean isQuiet;
    private boolean isWanted;

    ToldEvents(KeyEvents listeners) {
        this.listeners = listeners;
        this.isInPlaceOfOthers = SHOWN.stream().anyMatch(listeners::wants);
    }

    boolean wants(String name) {
        return listeners.wants(name);
    }

    boolean isEmpty() {
        return names.isEmpty();
    }

    /** Whether somebody wants one of them. */
    boolean isWanted() {
        return isWanted;
    }

    void add(String name, byte[] key) {
        boolean isThisWanted = !isQuiet && listeners.wants(name);
        isWanted |= isThisWanted;
        if (isThisWanted || (!isQuiet && isInPlaceOfOthers)) {
            names.add(name);
            keys.add(key);
        }
    }

    /** A value is about to be changed, or a new one stored. */
    void changed(String name, OverlayKey key) {
        if (key.isAbsent()) {
            add("new", key.key());
        }
        add(name, key.key());
    }

    /**
     * A value was stored.
     *
     * @param isNew whether the key was absent
     * @param expiry that it was given; the key is absent again if that has passed
     */
    void set(OverlayKey key, boolean isNew, Expiry expiry) {
        if (isNew) {
            add("new", key.key());
        }
        add("set", key.key());
        if (expiry.kind() == Expiry.Kind.AT || expiry.kind() == Expiry.Kind.AFTER) {
            add("expire", key.key());
        }
        if (key.isAbsent()) {
            add("expired", key.key());
        }
    }

    /** Adds nothing meanwhile. */
    void quietly(Runnable changes) {
        isQuiet = true;
        try {
            changes.run();
        } finally {
            isQuiet = false;
        }
    }

    void addTo(Batch batch) {
        for (int i = 0; i < names.size(); i++) {
            batch.tell(names.get(i), keys.get(i));
        }
    }
}
