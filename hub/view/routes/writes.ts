import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { type FleetActions, rolloutActions } from "../../surfaces.ts";
import type { Actor } from "../auth.ts";
import {
  approvalSchema,
  approveBody,
  errorResponses,
  joinBody,
  joinSchema,
  labelBody,
  promoteBody,
  promotionSchema,
  pruneConfirmationBody,
  reasonBody,
  rollbackBody,
  suspendBody,
  syncBody,
} from "../schemas.ts";

const name = z.object({ name: z.string() });
const done = { 204: z.null().describe("Done"), ...errorResponses };

/** Mutations; each is audited with its actor. */
export function writeRoutes(
  app: FastifyInstance,
  actions: FleetActions,
  authenticate: (request: FastifyRequest) => Actor,
): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const tags = ["operations"];

  typed.post(
    "/api/v1/clusters",
    {
      schema: {
        summary: "Make a join token for a cluster",
        tags,
        body: joinBody,
        response: { 201: joinSchema, ...errorResponses },
      },
    },
    async (request, reply) => {
      const { name, labels, replace } = request.body;
      return reply.status(201).send(await actions.join(name, { labels, replace, actor: authenticate(request) }));
    },
  );
  typed.post(
    "/api/v1/clusters/:name/revoke",
    { schema: { summary: "Refuse its certificates from now on, cut its stream", tags, params: name, response: done } },
    async (request, reply) => {
      await actions.revoke(request.params.name, { actor: authenticate(request) });
      return reply.status(204).send(null);
    },
  );
  typed.post(
    "/api/v1/clusters/:name/trust",
    { schema: { summary: "Let a hub with a new epoch prune on it", tags, params: name, response: done } },
    async (request, reply) => {
      await actions.trust(request.params.name, { actor: authenticate(request) });
      return reply.status(204).send(null);
    },
  );
  typed.patch(
    "/api/v1/clusters/:name/labels",
    { schema: { summary: "Change labels; null removes one", tags, params: name, body: labelBody, response: done } },
    async (request, reply) => {
      await actions.label(request.params.name, request.body.labels, { actor: authenticate(request) });
      return reply.status(204).send(null);
    },
  );
  typed.delete(
    "/api/v1/clusters/:name",
    { schema: { summary: "Forget it; its objects stay as they are", tags, params: name, response: done } },
    async (request, reply) => {
      await actions.remove(request.params.name, { actor: authenticate(request) });
      return reply.status(204).send(null);
    },
  );
  typed.post(
    "/api/v1/environments/:name/promote",
    {
      schema: {
        summary: "Fast-forward its branch",
        tags,
        params: name,
        body: promoteBody,
        response: { 200: promotionSchema, ...errorResponses },
      },
    },
    async (request) =>
      actions.promote(request.params.name, {
        revision: request.body.revision,
        emergency: request.body.emergency,
        reason: request.body.reason,
        waitMs: request.body.waitSeconds * 1000,
        actor: authenticate(request),
      }),
  );
  typed.post(
    "/api/v1/environments/:name/approve",
    {
      schema: {
        summary: "Approve the commit that waits to be promoted into it, or another one",
        tags,
        params: name,
        body: approveBody,
        response: { 200: approvalSchema, ...errorResponses },
      },
    },
    async (request) =>
      actions.approve(request.params.name, { revision: request.body.revision, actor: authenticate(request) }),
  );
  typed.post(
    "/api/v1/environments/:name/prune-confirmations",
    {
      schema: {
        summary: "Let agents delete what waits for confirmation; refused when it has changed since it was looked at",
        tags,
        params: name,
        body: pruneConfirmationBody,
        response: done,
      },
    },
    async (request, reply) => {
      await actions.confirmPrune(request.params.name, request.body.prunes, { actor: authenticate(request) });
      return reply.status(204).send(null);
    },
  );
  typed.post(
    "/api/v1/environments/:name/rollout/:action",
    {
      schema: {
        summary: "Change the course of its rollout, or hold it against automation and release it",
        tags,
        params: z.object({ name: z.string(), action: z.enum(rolloutActions) }),
        body: reasonBody,
        response: done,
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      await actions.rollout(params.name, params.action, { reason: body.reason, actor: authenticate(request) });
      return reply.status(204).send(null);
    },
  );
  typed.post(
    "/api/v1/environments/:name/rollback",
    {
      schema: {
        summary: "Bring the files of an earlier release back by a new commit, and hold the environment",
        tags,
        params: name,
        body: rollbackBody,
        response: { 200: promotionSchema, ...errorResponses },
      },
    },
    async (request) => actions.rollback(request.params.name, { ...request.body, actor: authenticate(request) }),
  );
  typed.post(
    "/api/v1/environments/:name/suspend",
    { schema: { summary: "Let clusters keep what they have", tags, params: name, body: suspendBody, response: done } },
    async (request, reply) => {
      await actions.suspend(request.params.name, { ...request.body, actor: authenticate(request) });
      return reply.status(204).send(null);
    },
  );
  typed.post(
    "/api/v1/environments/:name/resume",
    { schema: { summary: "Lift a suspension", tags, params: name, body: suspendBody, response: done } },
    async (request, reply) => {
      await actions.resume(request.params.name, { ...request.body, actor: authenticate(request) });
      return reply.status(204).send(null);
    },
  );
  typed.post(
    "/api/v1/environments/:name/sync",
    { schema: { summary: "Fetch and reconcile now", tags, params: name, body: syncBody, response: done } },
    async (request, reply) => {
      await actions.sync(request.params.name, { cluster: request.body.cluster, actor: authenticate(request) });
      return reply.status(204).send(null);
    },
  );
}
