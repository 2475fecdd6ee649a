import type { ObjectStore } from './object-store.ts'
import { probeConditions } from './probe-conditions.ts'
import { COPY_SIZES, type CopySizes, copyObject } from './s3-copy.ts'
import { headObject } from './s3-head.ts'
import { listObjects } from './s3-list.ts'
import { ask, objectAt, type S3Place, type S3PlaceOptions, s3Place } from './s3-place.ts'
import { putConditionally } from './s3-put.ts'
import { getObject, readObject } from './s3-read.ts'
import type { S3Settings } from './s3-settings.ts'
import { removeUploads } from './s3-unfinished.ts'
import { openSink } from './s3-write.ts'

export interface S3Options extends S3PlaceOptions {
  readonly copySizes?: CopySizes
}

/**
 * A bucket, or what is below a prefix in it, as an object store: on S3, or on what speaks its protocol. Needs conditional
 * PUTs (`If-None-Match`, `If-Match`), and neither versions nor conditional multipart uploads. An etag is S3's, without the
 * quotes; times are whole seconds. Opening asks nothing of the network. Throws `usage` for what is no location.
 */
export function openS3(location: string, settings: S3Settings, options: S3Options = {}): ObjectStore {
  const place = s3Place(location, settings, options)
  return {
    list: (prefix) => listObjects(place, prefix),
    head: async (key) => (await headObject(place, key))?.info,
    read: (key, readOptions = {}) => readObject(place, key, readOptions),
    get: (key, maxBytes = 256 * 2 ** 20) => getObject(place, key, maxBytes),
    write: async (key) => openSink(place, key),
    ...conditionalWrites(place),
    checkConditions: (folder) => probeConditions(conditionalWrites(place), folder),
    copy: (from, to) => copyObject(place, from, to, options.copySizes ?? COPY_SIZES),
    alias: (from, to) => copyObject(place, from, to, options.copySizes ?? COPY_SIZES),
    delete: async (key) => {
      const at = objectAt(place, key)
      await ask(place, `cannot delete ${key} in ${place.location}`, ({ sdk, client }) =>
        client.send(new sdk.DeleteObjectCommand(at)),
      )
    },
    removeUnfinished: (folder, before) => removeUploads(place, folder, before),
  }
}

function conditionalWrites(place: S3Place): Pick<ObjectStore, 'location' | 'putIfAbsent' | 'putIfMatch'> {
  return {
    location: place.location,
    putIfAbsent: (key, bytes) => putConditionally(place, key, bytes, undefined),
    putIfMatch: (key, bytes, etag) => putConditionally(place, key, bytes, etag),
  }
}
