package io.gantry.runtime.pod;

/**
 * SELinux labels of a pod.
 *
 * @param process of its containers' processes, unless they ask for others; empty: they have that of
 *     who starts them, or what the policy makes of it
 * @param mount of its containers' files; empty: the pod has no labels, SELinux being off or not
 *     used
 */
public record SelinuxLabels(String process, String mount) {

    /** None. */
    public static final SelinuxLabels NONE = new SelinuxLabels();

    /** None; made by Jackson, too, to compare with. */
    SelinuxLabels() {
        this("", "");
    }
}
