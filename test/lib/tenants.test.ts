import { describe, expect, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";
import { tenantGroups } from "../../lib/tenant/tenants-stack.ts";
import { environments, synthesise } from "./synthesis.ts";
import { whole } from "./whole.ts";
import { expecting } from "../support/expecting.ts";

describe("tenants", () => {
  const synthesis = synthesise(environments.dev);

  it("records those that share in one stack", () => {
    synthesis.template("tenants").hasResourceProperties("AWS::SSM::Parameter", {
      Name: "/homeroom/dev/tenants/north",
      Value: Match.serializedJson({
        isolation: "shared",
        timeZone: "Australia/Sydney",
        issuers: ["https://north.dev.school.example"],
      }),
    });
    synthesis.template("tenants").resourceCountIs("AWS::SSM::Parameter", 1);
  });

  it("gives one with a database of its own a stack, a key, a user and a budget", () => {
    const south = synthesis.template("tenant-south");
    south.hasResourceProperties("AWS::SecretsManager::Secret", {
      Name: "homeroom/dev/tenant/south/analytics-reader-user",
      Tags: Match.arrayWith([{ Key: "homeroom:tenant", Value: "south" }]),
    });
    south.hasResourceProperties("AWS::KMS::Key", { EnableKeyRotation: true });
    south.hasResourceProperties("AWS::Budgets::Budget", {
      Budget: Match.objectLike({ BudgetLimit: { Amount: 100, Unit: "USD" } }),
    });
  });

  it("adds no stack for one more that shares", () => {
    const input = environments.dev;
    const more = synthesise({
      ...input,
      tenants: [...input.tenants, { id: "west", isolation: "shared", hostProducts: ["https://west.school.example"] }],
      identity: {
        ...input.identity,
        issuers: [...input.identity.issuers, { id: "west", url: "https://west.school.example", tenants: ["west"] }],
      },
    });
    expect(more.stacks).toHaveLength(synthesis.stacks.length);
    more.template("tenants").resourceCountIs("AWS::SSM::Parameter", 2);
  });

  describe("with a database of its own", () => {
    const south = synthesis.template("tenant-south");

    it("opens the way from the shared pods, in AWS and in Kubernetes", () => {
      south.hasResourceProperties("AWS::EC2::SecurityGroupIngress", {
        GroupId: "sg-0123456789abcdef1",
        SourceSecurityGroupId: Match.anyValue(),
        FromPort: 5432,
      });
      const policy = synthesis
        .objects("workload")
        .find(({ metadata }) => metadata.name === "superset-superset-to-analytics");
      expect(JSON.stringify(policy?.spec?.["egress"])).toMatch(/10\.21\.0\.0\/16.*10\.22\.0\.0\/16/);
    });

    it("has logins of its own in it, which a function of its own rotates on schedule", () => {
      south.hasResourceProperties("AWS::SecretsManager::Secret", {
        GenerateSecretString: {
          GenerateStringKey: "password",
          SecretStringTemplate: JSON.stringify({
            engine: "postgres",
            host: "south.dev.internal",
            port: 5432,
            dbname: "homeroom_schools",
            username: "analytics_reader_south_a",
          }),
        },
      });
      const [secret] = Object.keys(south.findResources("AWS::SecretsManager::Secret"));
      const [made] = Object.keys(south.findResources("AWS::Lambda::Function"));
      south.hasResourceProperties("AWS::SecretsManager::RotationSchedule", {
        SecretId: { Ref: secret },
        RotationLambdaARN: { "Fn::GetAtt": [made, "Arn"] },
        RotationRules: { ScheduleExpression: "rate(30 days)" },
        RotateImmediatelyOnUpdate: Match.absent(),
      });
      south.hasResourceProperties("AWS::Lambda::Function", {
        ReservedConcurrentExecutions: 1,
        Environment: {
          Variables: Match.objectLike({
            HOMEROOM_DATABASE_HOST: "south.dev.internal",
            HOMEROOM_DATABASE_ADMIN_SECRET: Match.stringLikeRegexp("secret:south/administrator-"),
            HOMEROOM_DATABASE_USERS: { "Fn::Join": ["", ['{"', { Ref: secret }, '":"analytics-reader-user.south"}']] },
          }),
        },
      });
      south.hasResourceProperties("AWS::EC2::SecurityGroupIngress", {
        GroupId: "sg-0123456789abcdef1",
        Description: "Rotation of the users of homeroom_schools",
      });
    });

    it("tells the operator when that rotation fails, under the heading of all analytics users", () => {
      for (const end of ["failed", "lost"]) {
        south.hasResourceProperties("AWS::CloudWatch::Alarm", {
          AlarmName: `homeroom-dev-tenant-south-analytics-users-rotation-${end}`,
          AlarmDescription: Match.stringLikeRegexp(`docs/runbook.md#analytics-users-rotation-${end}$`),
          AlarmActions: [
            { "Fn::GetStackOutput": Match.objectLike({ StackName: "homeroom-dev-ap-southeast-2-observability" }) },
          ],
        });
      }
    });

    it("leaves the login to an operator where no administrator of the database is named", () => {
      const config = structuredClone(environments.dev);
      for (const database of config.analyticsDatabases) delete database.administrator;
      const template = synthesise(config).template("tenant-south");
      template.resourceCountIs("AWS::SecretsManager::Secret", 1);
      for (const type of ["AWS::Lambda::Function", "AWS::SecretsManager::RotationSchedule", "AWS::CloudWatch::Alarm"]) {
        template.resourceCountIs(type, 0);
      }
    });

    it("is read by the shared Superset, which then knows every tenant's place and mounts the tenant's login", () => {
      const found = synthesis.objects("workload");
      const settings = found.find(
        ({ kind, data }) => kind === "ConfigMap" && data?.["HOMEROOM_TENANT_DATABASES"] !== undefined,
      );
      const places = JSON.parse(settings?.data?.["HOMEROOM_TENANT_DATABASES"] ?? "{}") as Record<string, string>;
      expect(Object.keys(places).sort()).toStrictEqual(["north", "south"]);
      expect(places["north"]).toBe("shared");
      expect(String(places["south"])).toMatch(
        /^postgresql\+psycopg2:\/\/analytics_reader@south\.dev\.internal:5432\/homeroom_schools\?sslmode=verify-full&sslrootcert=/,
      );
      const text = JSON.stringify(found.filter(({ kind }) => kind === "SecretProviderClass"));
      expect(text).toMatch(/objectName: homeroom\/dev\/tenant\/south\/analytics-reader-user/);
      expect(text).toMatch(/objectAlias: analytics-reader-user\.south/);
    });

    it("opens the tenant's login to the pods that ask its database, and to no others", () => {
      const read = (id: string): string =>
        JSON.stringify(
          synthesis.resources().find(({ id: name }) => name.startsWith(`SecretReaders${id}RoleDefaultPolicy`))
            ?.resource,
        );
      const key = /"StackName":"homeroom-dev-ap-southeast-2-tenant-south"/;
      for (const id of ["App", "Migrate"]) {
        expect(read(id)).toMatch(/secret:homeroom\/dev\/tenant\/south\/analytics-reader-user-\?{6}/);
        expect(read(id)).toMatch(key);
      }
      expect(read("Tokens")).not.toMatch(/tenant\/south/);
    });

    it("is deployed before the pods that cannot start without its login", () => {
      const workload = synthesis.assembly.stacks.find(({ stackName }) => stackName.endsWith("-workload"));
      expect(workload?.dependencies.some(({ id }) => id.endsWith("-tenant-south"))).toBe(true);
    });

    it("needs no tenant that shares", () => {
      const { tenants, identity, ...rest } = environments.dev;
      const alone = synthesise({
        ...rest,
        tenants: tenants.filter(({ id }) => id === "south"),
        identity: { ...identity, issuers: identity.issuers.filter((issuer) => issuer.tenants.includes("south")) },
      });
      const text = JSON.stringify(alone.objects("workload").find(({ data }) => data?.["HOMEROOM_TENANT_DATABASES"]));
      expect(text).toMatch(/HOMEROOM_TENANT_DATABASES":"\{\\"south\\":\\"postgresql/);
    });
  });

  describe("with an instance of its own", () => {
    const all = synthesise(whole);

    it("is the same stacks under its name", () => {
      const names = all.stacks.map(({ subject }) => subject).filter((subject) => subject.includes("west"));
      expect(names.sort()).toStrictEqual([
        "tenant-west",
        "tenant-west-data",
        "tenant-west-identity",
        "tenant-west-workload",
      ]);
    });

    it("runs in a namespace of its own, within its quota", () => {
      const found = all.objects("tenant-west-workload");
      expect(found.length).toBeGreaterThan(20);
      for (const { kind, metadata } of found) {
        const place = kind === "Namespace" ? metadata.name : metadata.namespace;
        expecting(`${kind} ${metadata.name}`, place).toBe("tenant-west");
      }
      const quota = found.find(({ kind }) => kind === "ResourceQuota");
      expect(quota?.spec?.["hard"]).toStrictEqual({ "requests.cpu": "24", "requests.memory": "96Gi", pods: "60" });
    });

    it("mounts its own secrets and nobody else's", () => {
      const text = JSON.stringify(all.json("tenant-west-workload"));
      const named = [...text.matchAll(/homeroom\/prod\/([a-z/-]+)/g)].map(([, name]) => String(name));
      expect(named.length).toBeGreaterThan(20);
      expect(named.filter((name) => !name.startsWith("tenant/west/"))).toStrictEqual([]);
    });

    it("reads the shared rows with the shared logins when it has no database", () => {
      const text = JSON.stringify(all.json("tenant-east-workload"));
      expect(text).toMatch(/homeroom\/prod\/claims-key/);
      expect(text).toMatch(/homeroom\/prod\/tenant\/east\/secret-key/);
      all.template("tenant-east-workload").resourceCountIs("AWS::EC2::SecurityGroupIngress", 3);
    });

    it("has logins of its own in a database of its own, for readers and authors", () => {
      for (const role of ["analytics_reader", "analytics_author"]) {
        all.template("tenant-west-identity").hasResourceProperties("AWS::SecretsManager::Secret", {
          GenerateSecretString: Match.objectLike({
            SecretStringTemplate: Match.stringLikeRegexp(`"username":"${role}_west_a"`),
          }),
        });
      }
    });

    it("trusts its own issuers alone, and no other instance trusts them", () => {
      const issuers = (subject: string): string =>
        JSON.stringify(
          all
            .resources()
            .filter(({ stack, resource }) => stack === subject && resource.Type === "AWS::Lambda::Function"),
        );
      expect(issuers("tenant-west-identity")).toMatch(/west\.school\.example/);
      expect(issuers("tenant-west-identity")).not.toMatch(/(north|south|east)\.school\.example/);
      expect(issuers("identity")).not.toMatch(/(west|east)\.school\.example/);
    });

    it("reaches its database by PrivateLink under the database's own name", () => {
      const template = all.template("tenant-west-workload");
      template.hasResourceProperties("AWS::EC2::VPCEndpoint", {
        ServiceName: "com.amazonaws.vpce.ap-southeast-2.vpce-svc-0123456789abcdef0",
        VpcEndpointType: "Interface",
      });
      template.hasResourceProperties("AWS::Route53::HostedZone", {
        Name: "west.prod.internal.",
        VPCs: Match.anyValue(),
      });
    });

    it("carries the tenant's tag for cost on everything", () => {
      for (const subject of ["tenant-west-data", "tenant-west-identity", "tenant-west-workload"]) {
        const tagged = Object.values(all.json(subject).Resources).filter(({ Properties }) =>
          JSON.stringify(Properties?.["Tags"] ?? []).includes('"homeroom:tenant"'),
        );
        expecting(subject, tagged.length).toBeGreaterThan(0);
      }
    });
  });

  describe("in great number", () => {
    const tenant = {
      isolation: "shared" as const,
      hostProducts: ["https://school.example"],
      hostnames: [],
      timeZone: "Australia/Sydney",
      retention: "r1" as const,
    };
    const many = (count: number) => Array.from({ length: count }, (_, index) => ({ ...tenant, id: `t${index}` }));

    it("keeps to one stack up to 200 and within CloudFormation's 500 resources beyond", () => {
      expect([...tenantGroups(many(200)).keys()]).toStrictEqual(["tenants"]);
      const sizes = [...tenantGroups(many(1000)).values()].map(({ length }) => length);
      expect(sizes).toHaveLength(8);
      expecting(String(sizes), Math.max(...sizes)).toBeLessThan(250);
    });

    it("moves nobody when another joins", () => {
      const placeOf = (count: number) =>
        new Map([...tenantGroups(many(count))].flatMap(([name, group]) => group.map(({ id }) => [id, name] as const)));
      const [before, after] = [placeOf(500), placeOf(501)];
      for (const [id, name] of before) expecting(id, after.get(id)).toBe(name);
    });
  });
});
