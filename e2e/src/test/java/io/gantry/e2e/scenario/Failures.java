package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;

/** What a failed call has to say. */
final class Failures {

    private Failures() {}

    /** It failed with that code, and its description contains all of that. */
    static void is(Throwable failure, Status.Code code, CharSequence... words) {
        Status status = Status.fromThrowable(failure);
        assertThat(status.getCode()).as("code of %s", status).isEqualTo(code);
        assertThat(status.getDescription()).contains(words);
    }
}
