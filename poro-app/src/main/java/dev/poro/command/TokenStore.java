package dev.poro.command;

import dev.poro.engine.Batch;
import dev.poro.engine.ExpireIf;
import dev.poro.engine.Expiry;
import dev.poro.engine.SetIf;
import dev.poro.engine.TokenChanges;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * An open store for one command whose change carries a token. The command's reply must follow from the outcome that is
 * remembered, so that it is the same if the command is sent again: what reads a value first, or replies with one, is
 * refused.
 */
final class TokenStore extends ForwardingStore {
    private static final String REFUSED = "PORO.TOKEN does not go with this command: its reply could not be repeated";

    private final TokenChanges changes;

    TokenStore(CommandStore store, TokenChanges changes) {
        super(store);
        this.changes = changes;
    }

    @Override
    public void set(byte[] key, byte[] value) {
        changes.set(key, value);
    }

    @Override
    public boolean set(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        return changes.set(key, value, expiry, condition);
    }

    /** Of a key that comes twice, the last value counts. */
    @Override
    public void setAll(List<byte[]> pairs) {
        Batch batch = changes.batch();
        List<byte[]> kept = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        for (int i = pairs.size() - 2; i >= 0; i -= 2) {
            if (keys.add(Names.exact(pairs.get(i)))) {
                kept.add(pairs.get(i + 1));
                kept.add(pairs.get(i));
            }
        }
        for (int i = kept.size() - 1; i > 0; i -= 2) {
            batch.set(kept.get(i), kept.get(i - 1));
        }
        batch.commit();
    }

    @Override
    public byte[] getAndSet(byte[] key, byte[] value, Expiry expiry, SetIf condition) {
        throw new CommandException(REFUSED);
    }

    @Override
    public boolean delete(byte[] key) {
        return changes.delete(key);
    }

    @Override
    public byte[] getAndDelete(byte[] key) {
        throw new CommandException(REFUSED);
    }

    @Override
    public long add(byte[] key, long delta) {
        return changes.add(key, delta);
    }

    @Override
    public long append(byte[] key, byte[] bytes) {
        return changes.append(key, bytes);
    }

    @Override
    public long overwrite(byte[] key, int offset, byte[] bytes) {
        return changes.overwrite(key, offset, bytes);
    }

    @Override
    public boolean expire(byte[] key, Expiry expiry, ExpireIf condition) {
        return changes.expire(key, expiry, condition);
    }

    @Override
    public void clear() {
        changes.batch().clear().commit();
    }

    @Override
    public <T> T atomically(WatchedKeys conditions, Work<T> work) throws IOException {
        throw new CommandException(REFUSED);
    }

    /** What a command replies that has nothing to write. */
    @Override
    public int length(byte[] key) {
        throw new CommandException(REFUSED);
    }
}
