package dev.poro.cluster;

/** What to do about a node that cannot go on. */
final class Remedy {
    static final String JOIN = "Put this node's store and its cluster files aside, run 'poro cluster join' with another"
            + " node, and start this one again: the README, under 'A node that is lost', says how";

    private Remedy() {}
}
