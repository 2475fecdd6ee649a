import { resolve } from 'node:path'
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib'
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { acknowledgeWildcards, wildcardsOf } from './acknowledge-wildcards.ts'
import type { FunctionName } from './function-name.ts'
import type { FunctionSize } from './sizes.ts'

const ROOT = resolve(import.meta.dirname, '..')

/** The handlers' sources. */
const ENTRIES: Readonly<Record<FunctionName, string>> = {
  Plan: resolve(ROOT, 'functions/plan.ts'),
  Convert: resolve(ROOT, 'functions/convert.ts'),
  Seal: resolve(ROOT, 'functions/seal.ts'),
  Verify: resolve(ROOT, 'functions/verify.ts'),
  Conclude: resolve(ROOT, 'functions/conclude.ts'),
  Partition: resolve(ROOT, 'functions/partition.ts'),
  Export: resolve(ROOT, 'functions/export.ts'),
  Offload: resolve(ROOT, 'functions/offload.ts'),
}

/** What is bundled is partly CommonJS, which asks for `require`. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);"

/**
 * What a function never comes to, so that its bundle need not hold it: credentials from anywhere but the environment, which
 * is where Lambda puts them.
 */
const NEVER_LOADED = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
]

export interface StepFunctionProps {
  readonly name: FunctionName
  readonly size: FunctionSize
  /** The configuration that is bundled: an absolute path. */
  readonly configFile: string
  readonly environment: Readonly<Record<string, string>>
  readonly statements: readonly PolicyStatement[]
  readonly logRetention: RetentionDays
}

/**
 * One function with its own role and log group. The bundle holds the SDK too, so that what was tested is what runs.
 * It has no source map: that would be larger than the code, and esbuild makes it again from the commit.
 */
export class StepFunction extends Construct {
  readonly lambda: NodejsFunction

  constructor(scope: Construct, id: string, props: StepFunctionProps) {
    super(scope, id)
    const { name, size, configFile, environment, statements, logRetention } = props
    const logGroup = new LogGroup(this, 'Logs', { retention: logRetention, removalPolicy: RemovalPolicy.DESTROY })
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    logGroup.grantWrite(role)
    for (const statement of statements) role.addToPolicy(statement)
    this.lambda = new NodejsFunction(this, 'Function', {
      entry: ENTRIES[name],
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: size.memoryMb,
      timeout: Duration.seconds(size.timeoutSeconds),
      ephemeralStorageSize: Size.mebibytes(size.ephemeralMb),
      tracing: Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      environment: { ...environment },
      role,
      logGroup,
      depsLockFilePath: resolve(ROOT, 'package-lock.json'),
      projectRoot: ROOT,
      awsSdkConnectionReuse: false,
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        minify: true,
        logLevel: LogLevel.WARNING,
        bundleAwsSDK: true,
        externalModules: NEVER_LOADED,
        banner: REQUIRE,
        mainFields: ['module', 'main'],
        esbuildArgs: {
          '--alias:dayseal-config': configFile,
          '--alias:dayseal': resolve(ROOT, 'lib/config.ts'),
        },
      },
    })
    acknowledgeWildcards(
      role,
      wildcardsOf(statements),
      'Objects are granted by key prefix, or by layout: a wildcard is what follows it, or differs from hour to hour.',
    )
    acknowledgeWildcards(role, ['*'], 'X-Ray has no resources to name.')
  }
}
