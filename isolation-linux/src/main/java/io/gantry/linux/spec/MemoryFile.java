package io.gantry.linux.spec;

/**
 * A file that is in memory only and goes with the process that sees it: read-only, a mount of its
 * own. The OCI runtime specification has no such thing, since its documents are stored, which the
 * content of these must never be: they go beside it.
 *
 * @param destination absolute path inside the root
 * @param content not copied; never shown
 * @param mode permissions
 */
@SuppressWarnings("ArrayRecordComponent") // on its way into a launch program, never compared
public record MemoryFile(String destination, byte[] content, int mode, int uid, int gid) {

    /** Without the content. */
    @Override
    public String toString() {
        return "file " + destination + " of " + content.length + " bytes";
    }
}
