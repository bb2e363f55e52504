/** Version of this package, which its ends tell each other; a test holds it to the manifest. */
export const PACKAGE_VERSION = '0.1.0'
