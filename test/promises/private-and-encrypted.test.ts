import { describe, expect, it } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nodeGroups } from "../lib/node-groups.ts";
import { stateful } from "../lib/stateful.ts";
import { environments, type Resource, synthesise, type Synthesis } from "../lib/synthesis.ts";
import { whole } from "../lib/whole.ts";
import { expecting } from "../support/expecting.ts";

type Properties = Readonly<Record<string, unknown>>;
interface Found {
  readonly where: string;
  readonly properties: Properties;
}

function ofType(synthesis: Synthesis, type: string): Found[] {
  const found = synthesis
    .resources()
    .filter(({ resource }: { resource: Resource }) => resource.Type === type)
    .map(({ stack, id, resource }) => ({ where: `${stack}/${id}`, properties: resource.Properties ?? {} }));
  expecting(`no ${type}: is the platform whole?`, found.length).toBeGreaterThan(0);
  return found;
}

/** Every statement of every policy: those of roles, of keys, of buckets and of endpoints. */
function statements(value: unknown): Properties[] {
  if (Array.isArray(value)) return value.flatMap(statements);
  if (typeof value !== "object" || value === null) return [];
  const own = "Effect" in value ? [value as Properties] : [];
  return [...own, ...Object.values(value).flatMap(statements)];
}

const actionsOf = ({ Action }: Properties): string[] => (Array.isArray(Action) ? Action : [Action]).map(String);

for (const [name, deployment] of Object.entries({ ...environments, whole, nodeGroups })) {
  const synthesis = synthesise(deployment);

  describe(`the platform of ${name}`, () => {
    it("puts databases and Redis into the data subnets, which have no route to the internet", () => {
      for (const type of ["AWS::RDS::DBSubnetGroup", "AWS::ElastiCache::SubnetGroup"]) {
        for (const { where, properties } of ofType(synthesis, type)) {
          const subnets = (properties["SubnetIds"] as unknown[]).map((subnet) => JSON.stringify(subnet));
          expecting(where, subnets.length).toBeGreaterThanOrEqual(2);
          for (const subnet of subnets) expecting(where, subnet).toMatch(/RefVpcdataSubnet\d/);
        }
      }
    });

    it("speaks TLS 1.2 at least with PostgreSQL, and hashes passwords by SCRAM", () => {
      for (const { where, properties } of ofType(synthesis, "AWS::RDS::DBParameterGroup")) {
        expecting(where, properties["Parameters"]).toMatchObject({
          "rds.force_ssl": "1",
          ssl_min_protocol_version: "TLSv1.2",
          password_encryption: "scram-sha-256",
        });
      }
    });

    it("gives each Redis user the commands and keys that its part needs, and no dangerous command", () => {
      const granted: Readonly<Record<string, string>> = {
        superset: "on ~* &* +@all -@dangerous +info +keys +flushdb",
        default: "off ~* -@all",
      };
      for (const { where, properties } of ofType(synthesis, "AWS::ElastiCache::User")) {
        const user = String(properties["UserName"]);
        const rules = String(properties["AccessString"]);
        if (user in granted) expecting(where, rules).toBe(granted[user]);
        else expecting(where, rules).not.toMatch(/\+@all|~\*|allkeys|allcommands/);
      }
    });

    it("lets CloudWatch use a key for the one log group that it encrypts", () => {
      for (const { where, properties } of ofType(synthesis, "AWS::KMS::Key")) {
        const ofLogs = statements(properties["KeyPolicy"]).filter((statement) =>
          /"logs\.[a-z0-9-]+\.amazonaws\.com"/.test(JSON.stringify(statement["Principal"] ?? "")),
        );
        for (const { Condition } of ofLogs) {
          const context = (Condition as Record<string, Record<string, unknown>> | undefined)?.["ArnEquals"];
          const group = JSON.stringify(context?.["kms:EncryptionContext:aws:logs:arn"] ?? "");
          expecting(`${where} is open to every log group`, group).toMatch(/:log-group:[^*]+"/);
        }
      }
    });

    it("names every action of an IAM policy: no service as a whole", () => {
      const wholeServices = synthesis
        .resources()
        .filter(({ resource }) => resource.Type !== "AWS::KMS::Key")
        .flatMap(({ stack, id, resource }) =>
          statements(resource.Properties)
            .filter(({ Effect }) => Effect === "Allow")
            .flatMap(actionsOf)
            .filter((action) => /^[a-z0-9-]+:\*$/.test(action) || action === "*")
            .map((action) => `${stack}/${id}: ${action}`),
        );
      expect(wholeServices.filter((line) => !/VPCEndpoint|Vpc/.test(line))).toStrictEqual([]);
    });

    it("lets a role use a key through one AWS service alone", () => {
      const uses = ofType(synthesis, "AWS::IAM::Policy").flatMap(({ where, properties }) =>
        statements(properties["PolicyDocument"])
          .filter((statement) => actionsOf(statement).some((action) => action.startsWith("kms:")))
          .map(({ Condition }) => ({ where, condition: Condition as Record<string, Properties> | undefined })),
      );
      expect(uses.length).toBeGreaterThan(5);
      for (const { where, condition } of uses) {
        const service = condition?.["StringEquals"]?.["kms:ViaService"];
        expecting(where, service).toMatch(/^(secretsmanager|s3|sns)\.[a-z0-9-]+\.amazonaws\.com$/);
      }
    });

    it("takes no plain HTTP at buckets and topics, and TLS 1.2 at least at buckets", () => {
      const denied = (type: string): { where: string; texts: string[] }[] =>
        ofType(synthesis, type).map(({ where, properties }) => ({
          where,
          texts: statements(properties["PolicyDocument"])
            .filter(
              ({ Effect, Principal }) =>
                Effect === "Deny" && ['"*"', '{"AWS":"*"}'].includes(JSON.stringify(Principal)),
            )
            .map(({ Condition }) => JSON.stringify(Condition)),
        }));
      const [buckets, topics] = [denied("AWS::S3::BucketPolicy"), denied("AWS::SNS::TopicPolicy")];
      expect(buckets).toHaveLength(ofType(synthesis, "AWS::S3::Bucket").length);
      expect(topics).toHaveLength(ofType(synthesis, "AWS::SNS::Topic").length);
      for (const { where, texts } of [...buckets, ...topics])
        expecting(where, texts).toContain('{"Bool":{"aws:SecureTransport":"false"}}');
      for (const { where, texts } of buckets)
        expecting(where, texts).toContain('{"NumericLessThan":{"s3:TlsVersion":1.2}}');
    });

    it("lets no role change whatever there is: only reading names every resource", () => {
      const everywhere = ofType(synthesis, "AWS::IAM::Policy").flatMap(({ where, properties }) =>
        statements(properties["PolicyDocument"])
          .filter(({ Effect, Resource }) => Effect === "Allow" && [Resource].flat().includes("*"))
          .flatMap((statement) => actionsOf(statement).map((action) => `${where}: ${action}`)),
      );
      expect(everywhere.length).toBeGreaterThan(0);
      expect(everywhere.filter((line) => !/:(Describe[A-Za-z]+|GetRandomPassword)$/.test(line))).toStrictEqual([]);
    });

    it("encrypts the disks of its volumes and of its nodes with a key of its own", () => {
      const objects = synthesis.objects("addons");
      const classes = objects.filter(({ kind }) => kind === "StorageClass");
      expect(classes).toHaveLength(1);
      for (const made of classes) {
        const { parameters } = made as unknown as { parameters: Record<string, string> };
        expect(parameters).toMatchObject({ encrypted: "true" });
        expect(parameters["kmsKeyId"] ?? "").not.toBe("");
      }
      for (const { spec } of objects.filter(({ kind }) => kind === "NodeClass")) {
        expect(spec?.["ephemeralStorage"]).toMatchObject({ kmsKeyID: expect.stringMatching(/.+/) });
      }
    });
  });
}

describe("stateful resources of the shipped environments", () => {
  for (const [name, deployment] of Object.entries(environments)) {
    it(`keep the logical ids that ${name} was deployed with: another id is a new, empty resource`, () => {
      const file = join(import.meta.dirname, `../golden/stacks/${name}/stateful.txt`);
      expect(existsSync(file)).toBe(true);
      const deployed = readFileSync(file, "utf8").trim().split("\n");
      const now = new Set(stateful(synthesise(deployment)));
      expecting(
        "gone or renamed",
        deployed.filter((line) => !now.has(line)),
      ).toStrictEqual([]);
    });
  }
});
