package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.base.error.NotFoundException;
import io.gantry.cri.engine.ContainerLookup;
import io.gantry.cri.translate.ImageFilters;
import io.gantry.cri.translate.ImageInspectJson;
import io.gantry.cri.translate.ImageRequests;
import io.gantry.cri.translate.ImageResponses;
import io.gantry.image.content.Digest;
import io.gantry.image.registry.Credentials;
import io.gantry.image.service.Image;
import io.gantry.image.service.ImageDetails;
import io.gantry.proto.image.DiffRequest;
import io.gantry.proto.image.DiffResponse;
import io.gantry.proto.image.DiskUsageRequest;
import io.gantry.proto.image.DiskUsageResponse;
import io.gantry.proto.image.HistoryRequest;
import io.gantry.proto.image.HistoryResponse;
import io.gantry.proto.image.InspectRequest;
import io.gantry.proto.image.InspectResponse;
import io.gantry.proto.image.ListRequest;
import io.gantry.proto.image.ListResponse;
import io.gantry.proto.image.LoginRequest;
import io.gantry.proto.image.LoginResponse;
import io.gantry.proto.image.PruneRequest;
import io.gantry.proto.image.PruneResponse;
import io.gantry.proto.image.RemoveRequest;
import io.gantry.proto.image.RemoveResponse;
import io.gantry.proto.image.TagRequest;
import io.gantry.proto.image.TagResponse;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.service.ContainerManager;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The calls about images that one message answers. */
final class ImageVerbs {

    private final ImageTools images;
    private final ContainerManager containers;
    private final ContainerLookup lookup;

    ImageVerbs(ImageTools images, ContainerManager containers, ContainerLookup lookup) {
        this.images = images;
        this.containers = containers;
        this.lookup = lookup;
    }

    LoginResponse login(LoginRequest request, Deadline deadline) {
        String registry = ImageRequests.registry(request);
        Credentials credentials = ImageRequests.credentials(request);
        String token = images.logins().check(registry, credentials, deadline);
        return LoginResponse.newBuilder().setIdentityToken(token).build();
    }

    TagResponse tag(TagRequest request, Deadline deadline) {
        Image image =
                images.names()
                        .tag(
                                ImageRequests.required("image", request.getImage()),
                                ImageRequests.targets(request));
        return TagResponse.newBuilder()
                .setId(image.id().toString())
                .addAllReferences(
                        ImageRequests.targets(request).stream()
                                .map(target -> target.canonical())
                                .toList())
                .build();
    }

    RemoveResponse remove(RemoveRequest request, Deadline deadline) {
        return ImageResponses.toProto(
                images.names()
                        .remove(
                                ImageRequests.required("image", request.getImage()),
                                request.getForce()));
    }

    ListResponse list(ListRequest request, Deadline deadline) {
        ImageFilters filters = ImageFilters.of(request.getFiltersList(), this::get);
        Map<Digest, ImageDetails.Use> uses = images.accounts().uses();
        ListResponse.Builder response = ListResponse.newBuilder();
        for (Image image : images.manager().list()) {
            if (filters.accepts(image)) {
                response.addImages(
                        ImageResponses.toProto(image, filters.tags(image), uses.get(image.id())));
            }
        }
        return response.build();
    }

    InspectResponse inspect(InspectRequest request, Deadline deadline) {
        ImageDetails details = details(request.getImage());
        return InspectResponse.newBuilder()
                .setImage(
                        ImageResponses.toProto(
                                details.image(), details.image().repoTags(), details.use()))
                .setJson(ImageInspectJson.of(details))
                .build();
    }

    HistoryResponse history(HistoryRequest request, Deadline deadline) {
        HistoryResponse.Builder response = HistoryResponse.newBuilder();
        details(request.getImage())
                .history()
                .forEach(step -> response.addSteps(ImageResponses.toProto(step)));
        return response.build();
    }

    PruneResponse prune(PruneRequest request, Deadline deadline) {
        return ImageResponses.pruned(images.accounts().prune(ImageRequests.toDomain(request)));
    }

    DiskUsageResponse diskUsage(DiskUsageRequest request, Deadline deadline) {
        Set<String> running =
                containers.list(ContainerFilter.of(null)).stream()
                        .filter(container -> container.state() == ContainerState.RUNNING)
                        .map(container -> container.id().value())
                        .collect(Collectors.toUnmodifiableSet());
        return ImageResponses.toProto(images.accounts().report(running::contains));
    }

    DiffResponse diff(DiffRequest request, Deadline deadline) {
        String id = lookup.get(request.getContainer()).id();
        DiffResponse.Builder response = DiffResponse.newBuilder();
        images.changes().of(id).forEach(each -> response.addChanges(ImageResponses.toProto(each)));
        return response.build();
    }

    private ImageDetails details(String name) {
        return images.inspector().inspect(ImageRequests.required("image", name));
    }

    private Image get(String name) {
        List<Image> found = images.manager().find(name).stream().toList();
        if (found.isEmpty()) {
            throw new NotFoundException("image " + name + " is not here");
        }
        return found.getFirst();
    }
}
